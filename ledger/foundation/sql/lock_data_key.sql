-- Purpose: the key of a person, kept as it is until what is sealed under it has been stored.
-- Parameters: $1 person_id bigint.
-- Result: data_key (null: destroyed); no row for nobody.
-- Locks: the person, against a change of her key. Errors: none.
SELECT data_key
FROM foundation.person
WHERE person_id = $1::bigint
FOR SHARE
