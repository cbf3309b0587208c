-- Purpose: whose an account at a provider is.
-- Parameters: $1 kind text; $2 issuer text; $3 subject text.
-- Result: person_id; no row when it is linked to nobody. Locks: none. Errors: none.
SELECT person_id
FROM foundation.sign_in_method
WHERE kind = $1::text AND issuer = $2::text AND subject = $3::text AND retired_at IS NULL
