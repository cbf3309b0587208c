-- Purpose: every programme of which a person is or was a member, by its internal number.
-- Parameters: $1 person_id bigint.
-- Result: tenant_id, member_id, person_id, volunteer_no, status, branch_id, joined_on,
--   display_name. Locks: none. Errors: none.
SELECT
    m.tenant_id, m.member_id, m.person_id, m.volunteer_no, m.status, m.branch_id, m.joined_on,
    p.display_name
FROM foundation.memberships_of($1::bigint) AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
ORDER BY m.tenant_id
