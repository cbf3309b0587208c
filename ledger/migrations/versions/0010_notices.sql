-- purpose: tables of notices to people, and what pages remember of their readers
-- parameters: none
-- result: none
-- locks: none, the tables are new
-- errors: 42P07 when a table exists already

CREATE TABLE foundation.notice (
    notice_id UUID NOT NULL,
    person_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    scope_tenant_id INTEGER,
    subject_id UUID,
    about TEXT NOT NULL,
    amount BIGINT,
    unit_code TEXT,
    day DATE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (notice_id),
    CONSTRAINT notice_amount_has_a_unit CHECK ((amount IS NULL) = (unit_code IS NULL)),
    CONSTRAINT notice_is_short CHECK (length(about) <= 200),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id)
);

CREATE INDEX notice_unread ON foundation.notice (person_id) WHERE read_at IS NULL;

CREATE UNIQUE INDEX notice_is_given_once ON foundation.notice (person_id, kind, subject_id, day) NULLS NOT DISTINCT;

CREATE INDEX notice_by_person ON foundation.notice (person_id, created_at, notice_id);

COMMENT ON TABLE foundation.notice IS 'What a person should know: told once for each subject and day';

COMMENT ON COLUMN foundation.notice.notice_id IS 'public id';

COMMENT ON COLUMN foundation.notice.person_id IS 'who should know';

COMMENT ON COLUMN foundation.notice.kind IS 'what happened; words and address follow from it';

COMMENT ON COLUMN foundation.notice.scope_tenant_id IS 'in which programme or estate; absent: none';

COMMENT ON COLUMN foundation.notice.subject_id IS 'what it is about, as its kind says';

COMMENT ON COLUMN foundation.notice.about IS 'which one in words; no name of a person';

COMMENT ON COLUMN foundation.notice.amount IS 'smallest units of unit_code; absent: none';

COMMENT ON COLUMN foundation.notice.unit_code IS 'minute, point, star or fen';

COMMENT ON COLUMN foundation.notice.day IS 'the day it names, such as a last day; absent: none';

COMMENT ON COLUMN foundation.notice.created_at IS 'when the row was made';

COMMENT ON COLUMN foundation.notice.read_at IS 'when it was read; absent: not yet';
