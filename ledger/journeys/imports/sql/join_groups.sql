-- Purpose: let new members belong to teams.
-- Parameters: $1 tenant int; of each: $2 group uuid[]; $3 member uuid[]; $4 begins_on date[];
--   $5 caller int, of all.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.group_member (tenant_id, group_id, member_id, begins_on, entered_by)
SELECT $1::int, u.group_id, u.member_id, u.begins_on, $5::int
FROM unnest($2::uuid[], $3::uuid[], $4::date[]) AS u (group_id, member_id, begins_on)
