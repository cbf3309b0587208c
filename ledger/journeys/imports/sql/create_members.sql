-- Purpose: make people members of a programme, many at once.
-- Parameters: $1 tenant int; of each: $2 member_id uuid[]; $3 person_id bigint[];
--   $4 volunteer_no text[]; $5 branch_id uuid[]; $6 joined_on date[].
-- Result: member_id; none for who is a member already.
-- Locks: none. Errors: member_belongs_to_a_branch_here for a branch of another programme.
INSERT INTO foundation.member (
    tenant_id, member_id, person_id, volunteer_no, status, branch_id, joined_on
)
SELECT $1::int, u.member_id, u.person_id, u.volunteer_no, 'active', u.branch_id, u.joined_on
FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::uuid[], $6::date[])
    AS u (member_id, person_id, volunteer_no, branch_id, joined_on)
ON CONFLICT (tenant_id, person_id) DO NOTHING
RETURNING member_id
