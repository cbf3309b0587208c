-- Purpose: the standing of a merchant, held until another one is written.
-- Parameters: $1 tenant int; $2 merchant uuid.
-- Result: status; at most one row. Locks: the row. Errors: none.
SELECT status
FROM foundation.merchant
WHERE tenant_id = $1::int AND merchant_id = $2::uuid
FOR NO KEY UPDATE
