-- Purpose: another birthday of a person.
-- Parameters: $1 person_id bigint; $2 birthday_sealed bytea.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.person SET birthday_sealed = $2::bytea WHERE person_id = $1::bigint
