-- Purpose: note that a session is in use.
-- Parameters: $1 token_hash bytea; $2 now timestamptz.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.session
SET last_seen_at = greatest(last_seen_at, $2::timestamptz)
WHERE token_hash = $1::bytea AND revoked_at IS NULL
