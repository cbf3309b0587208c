-- Purpose: a month of a branch, if it is scored.
-- Parameters: $1 tenant int; $2 branch uuid; $3 month date.
-- Result: month, scored_by, scored_at, publicity_until, expires_on; at most one row.
-- Locks: none. Errors: none.
SELECT month, scored_by, scored_at, publicity_until, expires_on
FROM programmes.star_month
WHERE tenant_id = $1::int AND branch_id = $2::uuid AND month = $3::date
