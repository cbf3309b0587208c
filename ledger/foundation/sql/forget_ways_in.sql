-- Purpose: forget whatever could still open a sign-in of a person: begun steps, recovery codes,
--   invitations; and what she typed without being signed in.
-- Parameters: $1 person_id bigint.
-- Result: none. Locks: the rows. Errors: none.
WITH steps AS (
    DELETE FROM foundation.sign_in_step WHERE person_id = $1::bigint
),

codes AS (
    DELETE FROM foundation.recovery_code WHERE person_id = $1::bigint
),

forms AS (
    DELETE FROM foundation.kept_form WHERE person_id = $1::bigint
)

DELETE FROM foundation.sign_in_invitation
WHERE person_id = $1::bigint
