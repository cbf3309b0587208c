-- Purpose: let a session go on under another token; the one before opens nothing any more.
-- Parameters: $1 token_hash bytea; $2 new token_hash bytea; $3 now timestamptz.
-- Result: absolute_ends_at; no row when it is not in force.
-- Locks: the row. Errors: none.
UPDATE foundation.session
SET token_hash = $2::bytea, last_seen_at = greatest(last_seen_at, $3::timestamptz)
WHERE
    token_hash = $1::bytea
    AND revoked_at IS NULL
    AND absolute_ends_at > $3::timestamptz
    AND last_seen_at + make_interval(secs => idle_seconds) > $3::timestamptz
RETURNING absolute_ends_at
