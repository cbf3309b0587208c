-- Purpose: keep what was typed into a form whose session had ended; one form a session.
-- Parameters: $1 token_hash bytea of the session; $2 token_hash bytea of the cookie;
--   $3 content_sealed bytea; $4 ends_at timestamptz.
-- Result: person_id; no row when there never was such a session. Locks: the row. Errors: none.
INSERT INTO foundation.kept_form (session_hash, token_hash, person_id, content_sealed, ends_at)
SELECT s.token_hash, $2::bytea, s.person_id, $3::bytea, $4::timestamptz
FROM foundation.session AS s
INNER JOIN foundation.person AS p ON s.person_id = p.person_id
WHERE s.token_hash = $1::bytea AND p.erased_at IS NULL
ON CONFLICT (session_hash) DO UPDATE SET
    token_hash = excluded.token_hash,
    content_sealed = excluded.content_sealed,
    ends_at = excluded.ends_at
RETURNING person_id
