-- Purpose: the session of a cookie while it lasts.
-- Parameters: $1 token_hash bytea; $2 now timestamptz.
-- Result: session_id, person_id, last_seen_at, idle_seconds, ends_at, proved_at (null: not since it
--   was opened), public_id, caller_id, display_name, volunteer_no; no row when unknown, ended,
--   revoked, or its person is erased or may not sign in.
-- Locks: none. Errors: none.
SELECT
    s.session_id,
    s.person_id,
    s.last_seen_at,
    s.idle_seconds,
    least(s.absolute_ends_at, s.last_seen_at + make_interval(secs => s.idle_seconds)) AS ends_at,
    s.proved_at,
    p.public_id,
    p.caller_id,
    p.display_name,
    p.volunteer_no
FROM foundation.session AS s
INNER JOIN foundation.person AS p ON s.person_id = p.person_id
WHERE
    s.token_hash = $1::bytea
    AND s.revoked_at IS NULL
    AND s.absolute_ends_at > $2::timestamptz
    AND s.last_seen_at + make_interval(secs => s.idle_seconds) > $2::timestamptz
    AND p.erased_at IS NULL
    AND p.sign_in_closed_at IS NULL
