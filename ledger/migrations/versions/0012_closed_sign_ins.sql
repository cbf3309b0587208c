-- purpose: a person's sign-in can be closed; a form of an ended session is kept for its person
-- parameters: none
-- result: none
-- locks: foundation.person for a moment; the column is empty, nothing is rewritten
-- errors: 42701 or 42P07 when the column or table exists already

ALTER TABLE foundation.person ADD COLUMN sign_in_closed_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN foundation.person.sign_in_closed_at IS 'since when no sign-in and no key of hers opens';

CREATE TABLE foundation.kept_form (
    session_hash BYTEA NOT NULL,
    token_hash BYTEA NOT NULL,
    person_id BIGINT NOT NULL,
    content_sealed BYTEA NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (session_hash),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id)
);

CREATE INDEX kept_form_by_person ON foundation.kept_form (person_id);

CREATE UNIQUE INDEX kept_form_by_token ON foundation.kept_form (token_hash);

COMMENT ON TABLE foundation.kept_form IS 'What was typed into a form whose session had ended, until its person signs in again';

COMMENT ON COLUMN foundation.kept_form.session_hash IS 'session that had ended; one form each';

COMMENT ON COLUMN foundation.kept_form.token_hash IS 'sha-256 of the cookie''s value';

COMMENT ON COLUMN foundation.kept_form.person_id IS 'whose session it was; nobody else sees it again';

COMMENT ON COLUMN foundation.kept_form.content_sealed IS 'the form, under the cookie''s value';

COMMENT ON COLUMN foundation.kept_form.ends_at IS 'of no use from then on';
