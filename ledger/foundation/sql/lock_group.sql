-- Purpose: a team, held until what is decided about it is written.
-- Parameters: $1 tenant int; $2 group uuid.
-- Result: group_id, leader_member_id, begins_on, ends_on; at most one row.
-- Locks: the row. Errors: none.
SELECT group_id, leader_member_id, begins_on, ends_on
FROM foundation.member_group
WHERE tenant_id = $1::int AND group_id = $2::uuid
FOR NO KEY UPDATE
