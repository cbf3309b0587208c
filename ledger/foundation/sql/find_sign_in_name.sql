-- Purpose: the name with which a person signs in by password.
-- Parameters: $1 person_id bigint.
-- Result: subject; no row when there is none. Locks: none. Errors: none.
SELECT subject
FROM foundation.sign_in_method
WHERE kind = 'password' AND person_id = $1::bigint
