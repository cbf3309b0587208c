-- purpose: let a guardianship wait until a second member of staff has confirmed it; those on record
--   keep the role that they gave
-- parameters: none
-- result: none
-- locks: guardianship for an instant; its rows are few
-- errors: none

ALTER TABLE foundation.guardianship
    ALTER COLUMN grant_id DROP NOT NULL,
    ADD COLUMN confirmed_by INTEGER,
    ADD COLUMN confirmed_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT confirmed_by_is_a_caller FOREIGN KEY (confirmed_by)
        REFERENCES foundation.caller (caller_id) NOT VALID,
    ADD CONSTRAINT guardianship_takes_two CHECK (confirmed_by <> verified_by) NOT VALID,
    ADD CONSTRAINT guardianship_is_confirmed_as_a_whole CHECK (
        num_nulls(confirmed_by, confirmed_at) <> 1
        AND (confirmed_by IS NULL OR grant_id IS NOT NULL)
    ) NOT VALID;

ALTER TABLE foundation.guardianship VALIDATE CONSTRAINT confirmed_by_is_a_caller;

ALTER TABLE foundation.guardianship VALIDATE CONSTRAINT guardianship_takes_two;

ALTER TABLE foundation.guardianship VALIDATE CONSTRAINT guardianship_is_confirmed_as_a_whole;

COMMENT ON COLUMN foundation.guardianship.grant_id IS 'the role that it gives, once confirmed';

COMMENT ON COLUMN foundation.guardianship.confirmed_by IS 'who confirmed it beside verified_by';

COMMENT ON COLUMN foundation.guardianship.confirmed_at IS
    'when; absent before confirming was asked';
