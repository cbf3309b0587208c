-- Purpose: a till of an API key belongs to the key that takes its place.
-- Parameters: $1 tenant int; $2 api_key_id uuid of the old one; $3 api_key_id uuid of the new one.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.merchant_terminal
SET api_key_id = $3::uuid
WHERE tenant_id = $1::int AND api_key_id = $2::uuid
