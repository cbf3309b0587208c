-- Purpose: another standing of a merchant.
-- Parameters: $1 tenant int; $2 merchant uuid; $3 status text.
-- Result: none. Locks: the row. Errors: merchant_status_is_known.
UPDATE foundation.merchant
SET status = $3::text
WHERE tenant_id = $1::int AND merchant_id = $2::uuid
