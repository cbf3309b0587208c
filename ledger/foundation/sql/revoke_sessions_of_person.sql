-- Purpose: end every session of a person.
-- Parameters: $1 person_id bigint; $2 now timestamptz.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.session
SET revoked_at = $2::timestamptz
WHERE person_id = $1::bigint AND revoked_at IS NULL
