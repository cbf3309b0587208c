-- Purpose: another identity number of a person, with its index under the secret her key is under.
-- Parameters: $1 person_id bigint; $2 id_number_sealed, $3 id_number_index bytea.
-- Result: none. Locks: the row. Errors: 23505 somebody has it (id_number_is_of_one_person).
UPDATE foundation.person
SET id_number_sealed = $2::bytea, id_number_index = $3::bytea
WHERE person_id = $1::bigint
