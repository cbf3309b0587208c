-- Purpose: let a person's password and linked accounts open nothing until she chooses anew; her
--   second factor stays.
-- Parameters: $1 person_id bigint; $2 now timestamptz.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.sign_in_method
SET retired_at = $2::timestamptz
WHERE person_id = $1::bigint AND kind <> 'totp' AND retired_at IS NULL
