-- Purpose: forget the sign-ins of a person that still wait for their second factor.
-- Parameters: $1 person_id bigint.
-- Result: none. Locks: the rows. Errors: none.
DELETE FROM foundation.sign_in_step
WHERE person_id = $1::bigint
