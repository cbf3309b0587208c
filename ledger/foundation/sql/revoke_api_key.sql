-- Purpose: end an API key.
-- Parameters: $1 api_key_id uuid; $2 now timestamptz.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.api_key
SET revoked_at = $2::timestamptz
WHERE api_key_id = $1::uuid AND revoked_at IS NULL
