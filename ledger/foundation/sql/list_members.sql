-- Purpose: members of a programme by volunteer number, a page at a time.
-- Parameters: $1 tenant int; $2 volunteer_no text after which the page begins, or null;
--   $3 branch_id uuid or null for all; $4 limit int; $5 status text or null for all.
-- Result: member_id, person_id, volunteer_no, status, branch_id, joined_on, display_name.
-- Locks: none. Errors: none.
SELECT
    m.member_id, m.person_id, m.volunteer_no, m.status, m.branch_id, m.joined_on, p.display_name
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE
    m.tenant_id = $1::int
    AND ($2::text IS NULL OR m.volunteer_no > $2::text)
    AND ($3::uuid IS NULL OR m.branch_id = $3::uuid)
    AND ($5::text IS NULL OR m.status = $5::text)
ORDER BY m.volunteer_no
LIMIT $4::int
