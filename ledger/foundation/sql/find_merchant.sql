-- Purpose: a merchant of a programme.
-- Parameters: $1 tenant int; $2 merchant_id uuid.
-- Result: merchant_id, name, status, name_sort_key. Locks: none. Errors: none.
SELECT merchant_id, name, status, name_sort_key
FROM foundation.merchant
WHERE tenant_id = $1::int AND merchant_id = $2::uuid
