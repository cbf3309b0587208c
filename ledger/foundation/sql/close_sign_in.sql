-- Purpose: let nothing of a person open any more, or again.
-- Parameters: $1 person_id bigint; $2 closed_at timestamptz, null: open again.
-- Result: person_id; no row when it is so already, or she is erased. Locks: the row. Errors: none.
UPDATE foundation.person
SET sign_in_closed_at = $2::timestamptz
WHERE
    person_id = $1::bigint
    AND erased_at IS NULL
    AND (sign_in_closed_at IS NULL) = ($2::timestamptz IS NOT NULL)
RETURNING person_id
