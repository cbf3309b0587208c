-- Purpose: forget the invitations of a person that were not used; a new one takes their place.
-- Parameters: $1 person_id bigint.
-- Result: none. Locks: the rows. Errors: none.
DELETE FROM foundation.sign_in_invitation
WHERE person_id = $1::bigint AND used_at IS NULL
