-- Purpose: the ways by which a person signs in.
-- Parameters: $1 person_id bigint.
-- Result: kind, subject, issuer, created_at; the oldest first. Locks: none. Errors: none.
SELECT kind, subject, issuer, created_at
FROM foundation.sign_in_method
WHERE person_id = $1::bigint AND retired_at IS NULL
ORDER BY created_at, kind, issuer
