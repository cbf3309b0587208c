-- Purpose: a member of a programme by public id, by volunteer number, or by person; others null.
-- Parameters: $1 tenant int; $2 member_id uuid or null; $3 volunteer_no text or null;
--   $4 person_id bigint or null.
-- Result: member_id, person_id, volunteer_no, status, branch_id, joined_on, display_name.
-- Locks: none. Errors: none.
SELECT
    m.member_id, m.person_id, m.volunteer_no, m.status, m.branch_id, m.joined_on, p.display_name
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE
    m.tenant_id = $1::int
    AND (m.member_id = $2::uuid OR m.volunteer_no = $3::text OR m.person_id = $4::bigint)
