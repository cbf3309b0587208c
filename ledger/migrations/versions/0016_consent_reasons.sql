-- purpose: a withdrawal of consent that staff put down says why, where there is no paper
-- parameters: none
-- result: none
-- locks: foundation.consent for a moment; the column is empty, the rows are read beside writers
-- errors: 42701 when the column exists already

ALTER TABLE foundation.consent ADD COLUMN reason_sealed BYTEA;

COMMENT ON COLUMN foundation.consent.reason_sealed IS 'why staff recorded a withdrawal without a paper, under data_key';

ALTER TABLE foundation.consent
    ADD CONSTRAINT staff_names_paper_or_reason CHECK (through <> 'staff' OR paper_no IS NOT NULL OR (NOT given AND reason_sealed IS NOT NULL)) NOT VALID,
    DROP CONSTRAINT staff_names_the_paper;

ALTER TABLE foundation.consent VALIDATE CONSTRAINT staff_names_paper_or_reason;
