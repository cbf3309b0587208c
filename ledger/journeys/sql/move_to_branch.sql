-- Purpose: let a member be of another Party branch, or of none; items of this month that are not
--   scored go along to the new one, all others stay where they are.
-- Parameters: $1 tenant int; $2 member uuid; $3 branch uuid, null: none; $4 first day of this month
--   date.
-- Result: none. Locks: the member, then the items.
-- Errors: member_belongs_to_a_branch_here for a branch of another programme.
WITH moved AS (
    UPDATE foundation.member
    SET branch_id = $3::uuid
    WHERE tenant_id = $1::int AND member_id = $2::uuid
    RETURNING member_id
)

UPDATE programmes.star_claim AS c
SET branch_id = $3::uuid
FROM moved AS m
WHERE
    c.tenant_id = $1::int
    AND c.member_id = m.member_id
    AND c.month >= $4::date
    AND c.status IN ('proposed', 'approved')
    AND $3::uuid IS NOT NULL
