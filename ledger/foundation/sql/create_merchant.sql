-- Purpose: a new merchant of a programme.
-- Parameters: $1 tenant int; $2 merchant_id uuid; $3 name text; $4 name_sort_key text.
-- Result: merchant_id; no row when the name is taken there.
-- Locks: none. Errors: none.
INSERT INTO foundation.merchant (tenant_id, merchant_id, name, name_sort_key, status)
VALUES ($1::int, $2::uuid, $3::text, $4::text, 'active')
ON CONFLICT (tenant_id, name) DO NOTHING
RETURNING merchant_id
