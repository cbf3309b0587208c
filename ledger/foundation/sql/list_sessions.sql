-- Purpose: sessions of a person in force, the latest first.
-- Parameters: $1 person_id bigint; $2 now timestamptz.
-- Result: session_id, created_at, last_seen_at, method, device, address, token_hash.
-- Locks: none. Errors: none.
SELECT session_id, created_at, last_seen_at, method, device, address, token_hash
FROM foundation.session
WHERE
    person_id = $1::bigint
    AND revoked_at IS NULL
    AND absolute_ends_at > $2::timestamptz
    AND last_seen_at + make_interval(secs => idle_seconds) > $2::timestamptz
ORDER BY last_seen_at DESC, session_id
