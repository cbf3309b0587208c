-- Purpose: another leader of a team.
-- Parameters: $1 tenant int; $2 group uuid; $3 member uuid.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.member_group
SET leader_member_id = $3::uuid
WHERE tenant_id = $1::int AND group_id = $2::uuid
