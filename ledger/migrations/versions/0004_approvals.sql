-- purpose: tables of what two people decide, and roles that exclude each other
-- parameters: none
-- result: none
-- locks: the tables of roles, grants and payments, until the end
-- errors: 42P07 when a table exists already

CREATE TABLE foundation.approval_request (
    tenant_id INTEGER NOT NULL,
    approval_id UUID NOT NULL,
    kind TEXT NOT NULL,
    object_id UUID,
    asked TEXT NOT NULL,
    reason TEXT NOT NULL,
    requested_by INTEGER NOT NULL,
    requested_person BIGINT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, approval_id),
    CONSTRAINT approval_has_one_requester UNIQUE (tenant_id, approval_id, requested_person),
    CONSTRAINT approval_expires_after_it_was_asked CHECK (expires_at > requested_at),
    CONSTRAINT approval_has_a_reason CHECK (length(reason) > 0),
    CONSTRAINT requested_by_is_a_caller FOREIGN KEY(requested_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT requested_person_is_known FOREIGN KEY(requested_person) REFERENCES foundation.person (person_id)
);

CREATE INDEX approval_by_kind ON foundation.approval_request (tenant_id, kind, approval_id);

COMMENT ON TABLE foundation.approval_request IS 'What somebody asks a second person to approve';

COMMENT ON COLUMN foundation.approval_request.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.approval_request.approval_id IS 'public id';

COMMENT ON COLUMN foundation.approval_request.kind IS 'as in approval_kinds.toml';

COMMENT ON COLUMN foundation.approval_request.object_id IS 'entry, payment or grant it is about';

COMMENT ON COLUMN foundation.approval_request.asked IS 'what exactly, canonical JSON of its kind';

COMMENT ON COLUMN foundation.approval_request.reason IS 'why, in the words of the one who asks';

COMMENT ON COLUMN foundation.approval_request.requested_by IS 'who asks';

COMMENT ON COLUMN foundation.approval_request.requested_person IS 'the person behind that caller';

COMMENT ON COLUMN foundation.approval_request.requested_at IS 'when';

COMMENT ON COLUMN foundation.approval_request.expires_at IS 'cannot be decided from then on';

CREATE TABLE foundation.role_exclusion (
    role_code TEXT NOT NULL,
    excluded_code TEXT NOT NULL,
    PRIMARY KEY (role_code, excluded_code),
    CONSTRAINT role_code_is_known FOREIGN KEY(role_code) REFERENCES foundation.role (role_code),
    CONSTRAINT excluded_code_is_known FOREIGN KEY(excluded_code) REFERENCES foundation.role (role_code)
);

COMMENT ON TABLE foundation.role_exclusion IS 'Roles that nobody holds together; each pair stands in both directions';

COMMENT ON COLUMN foundation.role_exclusion.role_code IS 'who holds this role';

COMMENT ON COLUMN foundation.role_exclusion.excluded_code IS 'does not hold this one in the same place';

CREATE TABLE foundation.approval_decision (
    tenant_id INTEGER NOT NULL,
    approval_id UUID NOT NULL,
    requested_person BIGINT NOT NULL,
    decided_by INTEGER NOT NULL,
    decided_person BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT,
    result_id UUID,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, approval_id),
    CONSTRAINT decision_names_the_asker FOREIGN KEY(tenant_id, approval_id, requested_person) REFERENCES foundation.approval_request (tenant_id, approval_id, requested_person),
    CONSTRAINT verdict_is_known CHECK (verdict IN ('approved', 'declined', 'withdrawn')),
    CONSTRAINT checker_is_another_person CHECK ((verdict = 'withdrawn') = (decided_person = requested_person)),
    CONSTRAINT approval_has_a_result CHECK ((verdict = 'approved') = (result_id IS NOT NULL)),
    CONSTRAINT declining_has_a_reason CHECK (verdict <> 'declined' OR length(reason) > 0),
    CONSTRAINT decided_by_is_a_caller FOREIGN KEY(decided_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT decided_person_is_known FOREIGN KEY(decided_person) REFERENCES foundation.person (person_id)
);

COMMENT ON TABLE foundation.approval_decision IS 'What became of it; at most one row a request';

COMMENT ON COLUMN foundation.approval_decision.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.approval_decision.approval_id IS 'request decided';

COMMENT ON COLUMN foundation.approval_decision.requested_person IS 'who asked, as in the request';

COMMENT ON COLUMN foundation.approval_decision.decided_by IS 'who decides';

COMMENT ON COLUMN foundation.approval_decision.decided_person IS 'the person behind that caller';

COMMENT ON COLUMN foundation.approval_decision.verdict IS 'approved, declined or withdrawn';

COMMENT ON COLUMN foundation.approval_decision.reason IS 'why; needed to decline';

COMMENT ON COLUMN foundation.approval_decision.result_id IS 'what came of it, as an entry';

COMMENT ON COLUMN foundation.approval_decision.decided_at IS 'when';

ALTER TABLE foundation.role ADD COLUMN needs_two_people BOOLEAN DEFAULT false NOT NULL;

COMMENT ON COLUMN foundation.role.needs_two_people IS 'given and ended by two people';

ALTER TABLE foundation.role_grant
    ADD COLUMN org_unit_id UUID,
    ADD COLUMN approval_id UUID,
    ADD COLUMN ended_by INTEGER,
    ADD COLUMN end_reason TEXT,
    ADD CONSTRAINT org_unit_id_is_a_unit
        FOREIGN KEY (org_unit_id) REFERENCES foundation.org_unit (org_unit_id),
    ADD CONSTRAINT ended_by_is_a_caller
        FOREIGN KEY (ended_by) REFERENCES foundation.caller (caller_id),
    ADD CONSTRAINT grant_has_one_scope CHECK (org_unit_id IS NULL OR scope_tenant_id IS NULL);

DROP INDEX foundation.grant_is_given_once;

CREATE UNIQUE INDEX grant_is_given_once ON foundation.role_grant (
    caller_id, role_code, scope_tenant_id, object_id, org_unit_id
) NULLS NOT DISTINCT
WHERE valid_to IS NULL;

COMMENT ON TABLE foundation.role_grant IS
    'Who may act in which role, where, and for how long; written by its two functions';

COMMENT ON COLUMN foundation.role_grant.org_unit_id IS
    'in every tenant that lies in this unit on the day';

COMMENT ON COLUMN foundation.role_grant.approval_id IS 'the approval by a second person';

COMMENT ON COLUMN foundation.role_grant.ended_by IS 'who ended it';

COMMENT ON COLUMN foundation.role_grant.end_reason IS 'why it was ended';

ALTER TABLE programmes.trust_payment_request NO FORCE ROW LEVEL SECURITY;

ALTER TABLE programmes.trust_payment_decision NO FORCE ROW LEVEL SECURITY;

-- payments that wait for their second signature
INSERT INTO foundation.approval_request (
    tenant_id, approval_id, kind, object_id, asked, reason, requested_by, requested_person,
    requested_at, expires_at
)
SELECT
    q.tenant_id, q.payment_id, 'payout', q.payment_id,
    json_build_object(
        'amount_fen', q.amount_fen, 'bank_account_id', q.bank_account_id,
        'event', q.event_code, 'payee_id', q.payee_id, 'purpose', q.purpose
    )::text,
    coalesce(nullif(q.purpose, ''), '付款'), q.requested_by, p.person_id, q.requested_at,
    now() + interval '30 days'
FROM programmes.trust_payment_request AS q
INNER JOIN foundation.person AS p ON q.requested_by = p.caller_id
WHERE NOT EXISTS (
    SELECT 1 FROM programmes.trust_payment_decision AS d
    WHERE d.tenant_id = q.tenant_id AND d.payment_id = q.payment_id
);

ALTER TABLE programmes.trust_payment_request FORCE ROW LEVEL SECURITY;

ALTER TABLE programmes.trust_payment_decision FORCE ROW LEVEL SECURITY;
