-- Purpose: forget the steps of a person's sign-ins that are over.
-- Parameters: $1 person_id bigint; $2 now timestamptz.
-- Result: none. Locks: the rows. Errors: none.
DELETE FROM foundation.sign_in_step
WHERE person_id = $1::bigint AND ends_at <= $2::timestamptz
