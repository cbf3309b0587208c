-- purpose: tables of second factors, step-up, sign-in by an identity provider, acting for somebody
-- parameters: none
-- result: none
-- locks: sign_in_method, session, api_key, audit_log, each for a change without a rewrite
-- errors: 42P07 when a table exists already

ALTER TABLE foundation.sign_in_method
    ADD COLUMN issuer TEXT DEFAULT '' NOT NULL,
    ADD COLUMN union_subject TEXT,
    ADD COLUMN secret_sealed BYTEA,
    ADD COLUMN last_step BIGINT,
    DROP CONSTRAINT person_has_one_method_of_a_kind,
    DROP CONSTRAINT sign_in_method_pkey,
    ADD PRIMARY KEY (kind, subject, issuer),
    ADD CONSTRAINT second_factor_has_a_secret_while_it_lasts
        CHECK ((kind = 'totp' AND retired_at IS NULL) = (secret_sealed IS NOT NULL));

CREATE UNIQUE INDEX person_has_one_method_of_an_issuer ON foundation.sign_in_method (person_id, kind, issuer) WHERE retired_at IS NULL;

COMMENT ON COLUMN foundation.sign_in_method.kind IS 'password, totp, oidc; wechat and sms fit in';

COMMENT ON COLUMN foundation.sign_in_method.issuer IS 'whose subject it is: OIDC issuer, WeChat application; empty: our own';

COMMENT ON COLUMN foundation.sign_in_method.union_subject IS 'subject over all applications of one owner (unionid)';

COMMENT ON COLUMN foundation.sign_in_method.secret_sealed IS 'secret of a second factor, under data_key';

COMMENT ON COLUMN foundation.sign_in_method.last_step IS 'latest time step whose code was taken: used once';

ALTER TABLE foundation.session
    ADD COLUMN proved_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN method TEXT DEFAULT 'password' NOT NULL,
    ADD COLUMN device TEXT,
    ADD COLUMN address TEXT;

COMMENT ON COLUMN foundation.session.proved_at IS 'when the holder last proved who she is';

COMMENT ON COLUMN foundation.session.method IS 'how it was opened: password or oidc';

COMMENT ON COLUMN foundation.session.device IS 'browser and system in words, as its owner recognises them';

COMMENT ON COLUMN foundation.session.address IS 'network address at sign-in, shortened';

ALTER TABLE foundation.api_key
    ADD COLUMN last_used_on DATE,
    ADD COLUMN replaced_by UUID;

COMMENT ON COLUMN foundation.api_key.last_used_on IS 'latest day on which it was used';

COMMENT ON COLUMN foundation.api_key.replaced_by IS 'the key that takes its place';

CREATE INDEX audit_by_person_acted_for ON foundation.audit_log (behalf_person_id, audit_id) WHERE behalf_person_id IS NOT NULL;

CREATE TABLE foundation.sign_in_step (
    token_hash BYTEA NOT NULL,
    person_id BIGINT NOT NULL,
    awaits TEXT NOT NULL,
    method TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (token_hash),
    CONSTRAINT step_awaits_something_known CHECK (awaits IN ('code', 'enrolment')),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id)
);

CREATE INDEX sign_in_step_by_person ON foundation.sign_in_step (person_id);

COMMENT ON TABLE foundation.sign_in_step IS 'A sign-in that waits for its second factor; it opens nothing else';

COMMENT ON COLUMN foundation.sign_in_step.token_hash IS 'sha-256 of the cookie''s value';

COMMENT ON COLUMN foundation.sign_in_step.person_id IS 'whose password was right';

COMMENT ON COLUMN foundation.sign_in_step.awaits IS 'code, or enrolment of a second factor';

COMMENT ON COLUMN foundation.sign_in_step.method IS 'how it began: password or oidc';

COMMENT ON COLUMN foundation.sign_in_step.created_at IS 'when the row was made';

COMMENT ON COLUMN foundation.sign_in_step.ends_at IS 'of no use from then on';

CREATE TABLE foundation.recovery_code (
    code_hash BYTEA NOT NULL,
    person_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (code_hash),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id)
);

CREATE INDEX recovery_code_by_person ON foundation.recovery_code (person_id);

COMMENT ON TABLE foundation.recovery_code IS 'Codes for a person whose second factor is lost; each works once';

COMMENT ON COLUMN foundation.recovery_code.code_hash IS 'sha-256 of a random code';

COMMENT ON COLUMN foundation.recovery_code.person_id IS 'whose it is';

COMMENT ON COLUMN foundation.recovery_code.created_at IS 'when the row was made';

COMMENT ON COLUMN foundation.recovery_code.used_at IS 'when it was used, once and for all';

CREATE TABLE foundation.sign_in_invitation (
    invitation_id UUID NOT NULL,
    code_hash BYTEA NOT NULL,
    person_id BIGINT NOT NULL,
    invited_by INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (invitation_id),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id),
    CONSTRAINT invited_by_is_a_caller FOREIGN KEY(invited_by) REFERENCES foundation.caller (caller_id)
);

CREATE UNIQUE INDEX invitation_by_code ON foundation.sign_in_invitation (code_hash);

COMMENT ON TABLE foundation.sign_in_invitation IS 'A code by which a person links an account of the identity provider, once';

COMMENT ON COLUMN foundation.sign_in_invitation.invitation_id IS 'the id in the audit log';

COMMENT ON COLUMN foundation.sign_in_invitation.code_hash IS 'sha-256 of a random code';

COMMENT ON COLUMN foundation.sign_in_invitation.person_id IS 'whose account is to be linked';

COMMENT ON COLUMN foundation.sign_in_invitation.invited_by IS 'who gave the code';

COMMENT ON COLUMN foundation.sign_in_invitation.created_at IS 'when the row was made';

COMMENT ON COLUMN foundation.sign_in_invitation.expires_at IS 'of no use from then on';

COMMENT ON COLUMN foundation.sign_in_invitation.used_at IS 'when an account was linked with it';
