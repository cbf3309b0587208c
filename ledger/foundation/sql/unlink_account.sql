-- Purpose: take a person's account at a provider out of use.
-- Parameters: $1 kind text; $2 issuer text; $3 person_id bigint.
-- Result: none; one row touched, or none. Locks: the row. Errors: none.
UPDATE foundation.sign_in_method
SET retired_at = now()
WHERE kind = $1::text AND issuer = $2::text AND person_id = $3::bigint AND retired_at IS NULL
