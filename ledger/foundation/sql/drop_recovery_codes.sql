-- Purpose: forget a person's recovery codes.
-- Parameters: $1 person_id bigint. Result: none. Locks: the rows. Errors: none.
DELETE FROM foundation.recovery_code
WHERE person_id = $1::bigint
