-- Purpose: another telephone of a person, with its index under the secret her key is under.
-- Parameters: $1 person_id bigint; $2 phone_sealed, $3 phone_index bytea.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.person
SET phone_sealed = $2::bytea, phone_index = $3::bytea
WHERE person_id = $1::bigint
