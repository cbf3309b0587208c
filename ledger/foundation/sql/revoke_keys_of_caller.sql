-- Purpose: end every API key of a caller, and what it was called.
-- Parameters: $1 caller_id int; $2 revoked_at timestamptz.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.api_key
SET revoked_at = coalesce(revoked_at, $2::timestamptz), name = ''
WHERE caller_id = $1::int
