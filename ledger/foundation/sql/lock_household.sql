-- Purpose: a household, held until what is decided about it is written.
-- Parameters: $1 tenant int; $2 household uuid.
-- Result: household_id, number, org_unit_id, head_member_id; at most one row.
-- Locks: the row. Errors: none.
SELECT household_id, number, org_unit_id, head_member_id
FROM foundation.household
WHERE tenant_id = $1::int AND household_id = $2::uuid
FOR NO KEY UPDATE
