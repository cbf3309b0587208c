-- Purpose: the recovery codes that a person has left.
-- Parameters: $1 person_id bigint.
-- Result: created_at, one row a code. Locks: none. Errors: none.
SELECT created_at
FROM foundation.recovery_code
WHERE person_id = $1::bigint AND used_at IS NULL
