-- Purpose: what a person typed into a form whose session had ended.
-- Parameters: $1 token_hash bytea of the cookie; $2 person_id bigint; $3 now timestamptz.
-- Result: content_sealed; no row when it is over, or somebody else's. Locks: none. Errors: none.
SELECT content_sealed
FROM foundation.kept_form
WHERE token_hash = $1::bytea AND person_id = $2::bigint AND ends_at > $3::timestamptz
