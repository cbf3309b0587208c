-- Purpose: the password of a sign-in name, with whose it is.
-- Parameters: $1 sign-in name text, in its plain form.
-- Result: secret_hash, person_id; no row for an unknown or retired name.
-- Locks: none. Errors: none.
SELECT secret_hash, person_id
FROM foundation.sign_in_method
WHERE kind = 'password' AND subject = $1::text AND retired_at IS NULL
