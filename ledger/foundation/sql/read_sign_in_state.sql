-- Purpose: whether a person may sign in at all.
-- Parameters: $1 person_id bigint.
-- Result: closed_at (null: open), erased_at (null: not). Locks: none. Errors: none.
SELECT sign_in_closed_at AS closed_at, erased_at
FROM foundation.person
WHERE person_id = $1::bigint
