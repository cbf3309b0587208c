-- Purpose: a person's name and key, held until another name is written.
-- Parameters: $1 person bigint.
-- Result: display_name, data_key; at most one row. Locks: the row. Errors: none.
SELECT display_name, data_key
FROM foundation.person
WHERE person_id = $1::bigint
FOR NO KEY UPDATE
