-- Purpose: end a session, by its cookie or by its listed id and owner; the others null.
-- Parameters: $1 token_hash bytea or null; $2 session_id uuid or null; $3 person_id bigint or null;
--   $4 now timestamptz.
-- Result: token_hash; no row when there is none in force.
-- Locks: the row. Errors: none.
UPDATE foundation.session
SET revoked_at = $4::timestamptz
WHERE
    (token_hash = $1::bytea OR (session_id = $2::uuid AND person_id = $3::bigint))
    AND revoked_at IS NULL
RETURNING token_hash
