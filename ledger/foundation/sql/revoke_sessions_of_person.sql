-- Purpose: end every session of a person, or every one but this.
-- Parameters: $1 person_id bigint; $2 now timestamptz; $3 token_hash bytea of the one that goes on,
--   or null.
-- Result: token_hash, one row a session ended. Locks: the rows. Errors: none.
UPDATE foundation.session
SET revoked_at = $2::timestamptz
WHERE
    person_id = $1::bigint
    AND revoked_at IS NULL
    AND token_hash IS DISTINCT FROM $3::bytea
RETURNING token_hash
