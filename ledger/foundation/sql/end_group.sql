-- Purpose: end a team.
-- Parameters: $1 tenant int; $2 group uuid; $3 ends_on date.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.member_group
SET ends_on = greatest(begins_on, $3::date)
WHERE tenant_id = $1::int AND group_id = $2::uuid AND ends_on IS NULL
