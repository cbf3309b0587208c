-- Purpose: remove what no sign-in needs any more, a piece of each table at a time.
-- Parameters: $1 now timestamptz; $2 ended before: sessions and invitations, timestamptz;
--   $3 last success before: counters of attempts, timestamptz; $4 counting began before: counters
--   of attempts, timestamptz; $5 most rows of each table int.
-- Result: sessions, steps, invitations, counters, forms: how many were removed of each.
-- Locks: the rows removed; one that is in use is left for the next time. Errors: none.
WITH sessions AS (
    DELETE FROM foundation.session
    WHERE token_hash IN (
        SELECT s.token_hash FROM foundation.session AS s
        WHERE
            s.revoked_at < $2::timestamptz
            OR s.absolute_ends_at < $2::timestamptz
            OR s.last_seen_at + make_interval(secs => s.idle_seconds) < $2::timestamptz
        LIMIT $5::int
        FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
),

steps AS (
    DELETE FROM foundation.sign_in_step
    WHERE token_hash IN (
        SELECT p.token_hash FROM foundation.sign_in_step AS p
        WHERE p.ends_at < $1::timestamptz
        LIMIT $5::int
    )
    RETURNING 1
),

invitations AS (
    DELETE FROM foundation.sign_in_invitation
    WHERE invitation_id IN (
        SELECT i.invitation_id FROM foundation.sign_in_invitation AS i
        WHERE i.used_at < $2::timestamptz OR i.expires_at < $2::timestamptz
        LIMIT $5::int
        FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
),

counters AS (
    DELETE FROM foundation.sign_in_throttle
    WHERE (kind, key_hash) IN (
        SELECT
            t.kind,
            t.key_hash
        FROM foundation.sign_in_throttle AS t
        WHERE
            t.window_started_at < $4::timestamptz
            AND coalesce(t.last_failure_at, '-infinity') < $4::timestamptz
            AND coalesce(t.last_success_at, '-infinity') < $3::timestamptz
        LIMIT $5::int
        FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
),

forms AS (
    DELETE FROM foundation.kept_form
    WHERE session_hash IN (
        SELECT f.session_hash FROM foundation.kept_form AS f
        WHERE f.ends_at < $1::timestamptz
        LIMIT $5::int
        FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
)

SELECT
    (SELECT count(*)::int FROM sessions) AS sessions,
    (SELECT count(*)::int FROM steps) AS steps,
    (SELECT count(*)::int FROM invitations) AS invitations,
    (SELECT count(*)::int FROM counters) AS counters,
    (SELECT count(*)::int FROM forms) AS forms
