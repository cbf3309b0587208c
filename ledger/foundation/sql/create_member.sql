-- Purpose: make a person a member of a programme; once.
-- Parameters: $1 tenant int; $2 member_id uuid; $3 person_id bigint; $4 volunteer_no text;
--   $5 branch_id uuid or null; $6 joined_on date.
-- Result: one row; no row when the person is a member already.
-- Locks: none. Errors: member_belongs_to_a_branch_here for a branch of another programme.
INSERT INTO foundation.member (
    tenant_id, member_id, person_id, volunteer_no, status, branch_id, joined_on
)
VALUES ($1::int, $2::uuid, $3::bigint, $4::text, 'active', $5::uuid, $6::date)
ON CONFLICT (tenant_id, person_id) DO NOTHING
RETURNING member_id
