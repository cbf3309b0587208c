-- Purpose: a partner, held until what is decided about it is written.
-- Parameters: $1 tenant int; $2 partner uuid.
-- Result: partner_id, ends_on; at most one row. Locks: the row. Errors: none.
SELECT partner_id, ends_on
FROM foundation.partner
WHERE tenant_id = $1::int AND partner_id = $2::uuid
FOR NO KEY UPDATE
