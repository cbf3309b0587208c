-- Purpose: another standing of a member.
-- Parameters: $1 tenant int; $2 member uuid; $3 status text.
-- Result: none. Locks: the row. Errors: member_status_is_known.
UPDATE foundation.member
SET status = $3::text
WHERE tenant_id = $1::int AND member_id = $2::uuid
