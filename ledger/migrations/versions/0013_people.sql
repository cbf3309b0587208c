-- purpose: birthdays, identity numbers of one person each, ties that a service record names
-- parameters: none
-- result: none
-- locks: foundation.person, foundation.correction and programmes.service_record for an instant;
--         foundation.person keeps writers out while its index is built, see tests/tidy
-- errors: none
-- why: of several people with one identity number the first keeps the index by which it is found;
--         the number of the others stays sealed, and a correction puts it right

ALTER TABLE foundation.person ADD COLUMN birthday_sealed BYTEA;

COMMENT ON COLUMN foundation.person.birthday_sealed IS 'birthday, under data_key';

UPDATE foundation.person AS later
SET id_number_index = NULL
FROM foundation.person AS first
WHERE later.id_number_index = first.id_number_index AND later.person_id > first.person_id;

CREATE UNIQUE INDEX id_number_is_of_one_person ON foundation.person (id_number_index);

DROP INDEX foundation.person_by_id_number;

ALTER TABLE foundation.correction DROP CONSTRAINT correction_field_is_known;

ALTER TABLE foundation.correction ADD CONSTRAINT correction_field_is_known CHECK (field IN ('name', 'phone', 'address', 'id_number', 'birthday')) NOT VALID;

ALTER TABLE foundation.correction VALIDATE CONSTRAINT correction_field_is_known;

ALTER TABLE programmes.service_record ADD COLUMN tie TEXT;

COMMENT ON COLUMN programmes.service_record.tie IS 'what ties the volunteer to the recipient or recorder';

ALTER TABLE programmes.service_record ADD CONSTRAINT service_tie_is_known CHECK (tie IN ('recipient_household', 'recipient_kin', 'recorder_household', 'recorder_kin')) NOT VALID;

ALTER TABLE programmes.service_record VALIDATE CONSTRAINT service_tie_is_known;
