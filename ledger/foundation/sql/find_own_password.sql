-- Purpose: the sign-in name and password of a person.
-- Parameters: $1 person_id bigint.
-- Result: subject, secret_hash; no row when there is none. Locks: none. Errors: none.
SELECT subject, secret_hash
FROM foundation.sign_in_method
WHERE kind = 'password' AND person_id = $1::bigint AND retired_at IS NULL
