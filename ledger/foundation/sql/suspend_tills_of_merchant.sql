-- Purpose: take the tills of a merchant that leaves out of work.
-- Parameters: $1 tenant int; $2 merchant uuid.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.merchant_terminal
SET status = 'suspended'
WHERE tenant_id = $1::int AND merchant_id = $2::uuid AND status = 'active'
