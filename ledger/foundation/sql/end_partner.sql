-- Purpose: end the work with a partner.
-- Parameters: $1 tenant int; $2 partner uuid; $3 ends_on date.
-- Result: partner_id; no row when there is no such open one.
-- Locks: the row. Errors: 23514 before it began (partner_ends_after_it_began).
UPDATE foundation.partner
SET ends_on = $3::date
WHERE tenant_id = $1::int AND partner_id = $2::uuid AND ends_on IS NULL
RETURNING partner_id
