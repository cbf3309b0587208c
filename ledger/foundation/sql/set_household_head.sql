-- Purpose: another head of a household.
-- Parameters: $1 tenant int; $2 household uuid; $3 member uuid.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.household
SET head_member_id = $3::uuid
WHERE tenant_id = $1::int AND household_id = $2::uuid
