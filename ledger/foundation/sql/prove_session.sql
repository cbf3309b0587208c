-- Purpose: note that the holder of a session has just proved who she is.
-- Parameters: $1 token_hash bytea; $2 now timestamptz.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.session
SET proved_at = greatest(proved_at, $2::timestamptz)
WHERE token_hash = $1::bytea AND revoked_at IS NULL
