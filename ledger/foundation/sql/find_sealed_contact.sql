-- Purpose: the sealed telephone of a person, with the key it is under.
-- Parameters: $1 person_id bigint.
-- Result: data_key, phone_sealed; both may be null. Locks: none. Errors: none.
SELECT data_key, phone_sealed FROM foundation.person WHERE person_id = $1::bigint
