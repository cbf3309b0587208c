-- Purpose: use up a recovery code.
-- Parameters: $1 code_hash bytea; $2 person_id bigint; $3 now timestamptz.
-- Result: person_id; no row when it is unknown, somebody else's, or used.
-- Locks: the row. Errors: none.
UPDATE foundation.recovery_code
SET used_at = $3::timestamptz
WHERE code_hash = $1::bytea AND person_id = $2::bigint AND used_at IS NULL
RETURNING person_id
