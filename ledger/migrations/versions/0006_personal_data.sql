-- purpose: tables of consent, corrections, disclosures, erasure and versions of keys
-- parameters: none
-- result: none
-- locks: ACCESS EXCLUSIVE on person and bank_account, for the instant a nullable column takes
-- errors: 42P07 when a table exists already

ALTER TABLE foundation.person ADD COLUMN key_id BYTEA;

COMMENT ON COLUMN foundation.person.key_id IS 'secret that data_key and indexes are under';

ALTER TABLE reconciliation.bank_account ADD COLUMN key_id BYTEA;

COMMENT ON COLUMN reconciliation.bank_account.key_id IS 'secret that digest and sealed number are under';

CREATE TABLE foundation.secret_version (
    key_id BYTEA NOT NULL,
    activated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (key_id)
);

COMMENT ON TABLE foundation.secret_version IS 'Secrets of the installation that were in force, by id; never the secrets';

COMMENT ON COLUMN foundation.secret_version.key_id IS 'id that follows from the secret';

COMMENT ON COLUMN foundation.secret_version.activated_at IS 'first noted as the current one';

COMMENT ON COLUMN foundation.secret_version.retired_at IS 'not accepted since';

CREATE TABLE foundation.disclosure (
    disclosure_id UUID NOT NULL,
    person_id BIGINT NOT NULL,
    seen_by INTEGER NOT NULL,
    scope_tenant_id INTEGER,
    fields TEXT[] NOT NULL,
    purpose TEXT NOT NULL,
    words_sealed BYTEA NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    request_id TEXT,
    PRIMARY KEY (disclosure_id),
    CONSTRAINT disclosure_shows_something CHECK (cardinality(fields) > 0),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id),
    CONSTRAINT seen_by_is_a_caller FOREIGN KEY(seen_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX disclosure_by_person ON foundation.disclosure (person_id, seen_at);

CREATE INDEX disclosure_by_viewer ON foundation.disclosure (seen_by, seen_at);

COMMENT ON TABLE foundation.disclosure IS 'Who saw whose data in full, and why; append-only, shown to the person';

COMMENT ON COLUMN foundation.disclosure.disclosure_id IS 'the id that travels';

COMMENT ON COLUMN foundation.disclosure.person_id IS 'whose data were shown in full';

COMMENT ON COLUMN foundation.disclosure.seen_by IS 'who looked';

COMMENT ON COLUMN foundation.disclosure.scope_tenant_id IS 'programme in which it was needed';

COMMENT ON COLUMN foundation.disclosure.fields IS 'what was shown';

COMMENT ON COLUMN foundation.disclosure.purpose IS 'what for, from the list';

COMMENT ON COLUMN foundation.disclosure.words_sealed IS 'the reason, under data_key';

COMMENT ON COLUMN foundation.disclosure.seen_at IS 'when';

COMMENT ON COLUMN foundation.disclosure.request_id IS 'the request, as in logs and problems';

CREATE TABLE foundation.consent (
    consent_id UUID NOT NULL,
    person_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    given BOOLEAN NOT NULL,
    text_version INTEGER NOT NULL,
    through TEXT NOT NULL,
    paper_no TEXT,
    recorded_by INTEGER NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (consent_id),
    CONSTRAINT consent_way_is_known CHECK (through IN ('self', 'guardian', 'staff', 'erasure')),
    CONSTRAINT staff_names_the_paper CHECK (through <> 'staff' OR paper_no IS NOT NULL),
    CONSTRAINT erasure_gives_no_consent CHECK (NOT given OR through <> 'erasure'),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id),
    CONSTRAINT recorded_by_is_a_caller FOREIGN KEY(recorded_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX consent_by_person ON foundation.consent (person_id, purpose, recorded_at);

COMMENT ON TABLE foundation.consent IS 'Consents given and withdrawn; the latest row of a purpose holds';

COMMENT ON COLUMN foundation.consent.consent_id IS 'the id that travels';

COMMENT ON COLUMN foundation.consent.person_id IS 'whose consent';

COMMENT ON COLUMN foundation.consent.purpose IS 'what for, from the list';

COMMENT ON COLUMN foundation.consent.given IS 'given; false: withdrawn';

COMMENT ON COLUMN foundation.consent.text_version IS 'version of the text that was shown';

COMMENT ON COLUMN foundation.consent.through IS 'self, guardian, staff or erasure';

COMMENT ON COLUMN foundation.consent.paper_no IS 'number of the signed paper, where staff recorded it';

COMMENT ON COLUMN foundation.consent.recorded_by IS 'who sent it';

COMMENT ON COLUMN foundation.consent.recorded_at IS 'when';

CREATE TABLE foundation.correction (
    correction_id UUID NOT NULL,
    person_id BIGINT NOT NULL,
    field TEXT NOT NULL,
    old_sealed BYTEA,
    new_sealed BYTEA,
    reason_sealed BYTEA,
    state TEXT NOT NULL,
    asked_by INTEGER NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by INTEGER,
    decided_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (correction_id),
    CONSTRAINT correction_state_is_known CHECK (state IN ('requested', 'made', 'declined')),
    CONSTRAINT correction_is_decided_as_a_whole CHECK ((state = 'requested') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT correction_field_is_known CHECK (field IN ('name', 'phone', 'address', 'id_number')),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id),
    CONSTRAINT asked_by_is_a_caller FOREIGN KEY(asked_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT decided_by_is_a_caller FOREIGN KEY(decided_by) REFERENCES foundation.caller (caller_id)
);

CREATE UNIQUE INDEX correction_waits_once ON foundation.correction (person_id, field) WHERE state = 'requested';

CREATE INDEX correction_by_person ON foundation.correction (person_id, asked_at);

COMMENT ON TABLE foundation.correction IS 'Corrections of personal data: asked for, made, declined; who, when and why';

COMMENT ON COLUMN foundation.correction.correction_id IS 'the id that travels';

COMMENT ON COLUMN foundation.correction.person_id IS 'whose data';

COMMENT ON COLUMN foundation.correction.field IS 'what is corrected';

COMMENT ON COLUMN foundation.correction.old_sealed IS 'what it was, under data_key; absent: nothing';

COMMENT ON COLUMN foundation.correction.new_sealed IS 'what it shall be, under data_key';

COMMENT ON COLUMN foundation.correction.reason_sealed IS 'why, under data_key';

COMMENT ON COLUMN foundation.correction.state IS 'requested, made or declined';

COMMENT ON COLUMN foundation.correction.asked_by IS 'who asked, or made it at once';

COMMENT ON COLUMN foundation.correction.asked_at IS 'when';

COMMENT ON COLUMN foundation.correction.decided_by IS 'who made or declined it';

COMMENT ON COLUMN foundation.correction.decided_at IS 'when';

CREATE TABLE foundation.erasure (
    erasure_id UUID NOT NULL,
    person_id BIGINT NOT NULL,
    subject_caller_id INTEGER NOT NULL,
    asked_by INTEGER NOT NULL,
    through TEXT NOT NULL,
    proof_no TEXT,
    gives_up BOOLEAN NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    decided_by INTEGER,
    decided_at TIMESTAMP WITH TIME ZONE,
    decision_reason TEXT,
    PRIMARY KEY (erasure_id),
    CONSTRAINT erasure_state_is_known CHECK (state IN ('requested', 'withdrawn', 'declined', 'done')),
    CONSTRAINT erasure_way_is_known CHECK (through IN ('self', 'guardian', 'heir', 'staff')),
    CONSTRAINT erasure_asked_by_oneself CHECK ((through = 'self') = (asked_by = subject_caller_id)),
    CONSTRAINT erasure_has_its_proof CHECK (through = 'self' OR proof_no IS NOT NULL),
    CONSTRAINT erasure_is_decided_as_a_whole CHECK ((state = 'requested') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT erasure_is_checked_by_another_person CHECK (state NOT IN ('declined', 'done') OR decided_by NOT IN (asked_by, subject_caller_id)),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id),
    CONSTRAINT subject_caller_id_is_a_caller FOREIGN KEY(subject_caller_id) REFERENCES foundation.caller (caller_id),
    CONSTRAINT asked_by_is_a_caller FOREIGN KEY(asked_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT decided_by_is_a_caller FOREIGN KEY(decided_by) REFERENCES foundation.caller (caller_id)
);

CREATE UNIQUE INDEX erasure_waits_once ON foundation.erasure (person_id) WHERE state = 'requested';

COMMENT ON TABLE foundation.erasure IS 'Requests to erase a person: asked for by one, decided by another';

COMMENT ON COLUMN foundation.erasure.erasure_id IS 'the id that travels';

COMMENT ON COLUMN foundation.erasure.person_id IS 'whose data are to be erased';

COMMENT ON COLUMN foundation.erasure.subject_caller_id IS 'the person''s own caller, who decides nothing here';

COMMENT ON COLUMN foundation.erasure.asked_by IS 'who asked';

COMMENT ON COLUMN foundation.erasure.through IS 'self, guardian, heir or staff';

COMMENT ON COLUMN foundation.erasure.proof_no IS 'number of the proof or of the signed paper';

COMMENT ON COLUMN foundation.erasure.gives_up IS 'what is left goes to the public pools';

COMMENT ON COLUMN foundation.erasure.asked_at IS 'when';

COMMENT ON COLUMN foundation.erasure.state IS 'requested, withdrawn, declined or done';

COMMENT ON COLUMN foundation.erasure.decided_by IS 'who decided, or withdrew';

COMMENT ON COLUMN foundation.erasure.decided_at IS 'when';

COMMENT ON COLUMN foundation.erasure.decision_reason IS 'why it was declined';
