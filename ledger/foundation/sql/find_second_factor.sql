-- Purpose: the second factor of a person, with the key that opens it.
-- Parameters: $1 person_id bigint.
-- Result: secret_sealed, data_key (null: destroyed); no row without a second factor.
-- Locks: none. Errors: none.
SELECT m.secret_sealed, p.data_key
FROM foundation.sign_in_method AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE m.kind = 'totp' AND m.person_id = $1::bigint AND m.retired_at IS NULL
