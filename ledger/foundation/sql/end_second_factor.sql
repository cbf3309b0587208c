-- Purpose: take a person's second factor out of use; its secret is forgotten.
-- Parameters: $1 person_id bigint.
-- Result: person_id; no row when there is none. Locks: the row. Errors: none.
UPDATE foundation.sign_in_method
SET retired_at = now(), secret_sealed = NULL
WHERE kind = 'totp' AND person_id = $1::bigint AND retired_at IS NULL
RETURNING person_id
