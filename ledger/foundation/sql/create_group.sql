-- Purpose: a new team.
-- Parameters: $1 tenant int; $2 group uuid; $3 name text; $4 name_sort_key text; $5 leader member
--   uuid; $6 begins_on date; $7 caller int.
-- Result: group_id; no row when the name is taken there.
-- Locks: none. Errors: none.
INSERT INTO foundation.member_group (
    tenant_id, group_id, name, name_sort_key, leader_member_id, begins_on, created_by
)
VALUES ($1::int, $2::uuid, $3::text, $4::text, $5::uuid, $6::date, $7::int)
ON CONFLICT (tenant_id, name) DO NOTHING
RETURNING group_id
