-- Purpose: end a team.
-- Parameters: $1 tenant int; $2 group uuid; $3 ends_on date.
-- Result: group_id; no row when it has ended. Locks: the row.
-- Errors: 23514 before it began (group_ends_after_it_began).
UPDATE foundation.member_group
SET ends_on = $3::date
WHERE tenant_id = $1::int AND group_id = $2::uuid AND ends_on IS NULL
RETURNING group_id
