-- Purpose: count a failure, beginning a new window where the old one has passed.
-- Parameters: $1 kind text; $2 key_hash bytea; $3 now timestamptz; $4 window_began timestamptz:
--   windows that began before it are over.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.sign_in_throttle
SET
    failures = CASE WHEN window_started_at < $4::timestamptz THEN 1 ELSE failures + 1 END,
    window_started_at = CASE
        WHEN window_started_at < $4::timestamptz THEN $3::timestamptz ELSE window_started_at
    END,
    last_failure_at = $3::timestamptz
WHERE kind = $1::text AND key_hash = $2::bytea
