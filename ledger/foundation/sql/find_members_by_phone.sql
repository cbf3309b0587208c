-- Purpose: the members of a programme with a telephone; families share one.
-- Parameters: $1 tenant int; $2 phone_index bytea[], one for each secret in force; $3 status or
--   null; $4 limit int.
-- Result: member_id, person_id, volunteer_no, status, branch_id, joined_on, display_name.
--   Locks: none. Errors: none.
-- Why apart from the search by name: so the index of telephones is used.
SELECT
    m.member_id,
    m.person_id,
    m.volunteer_no,
    m.status,
    m.branch_id,
    m.joined_on,
    p.display_name
FROM foundation.person AS p
INNER JOIN foundation.member AS m ON m.tenant_id = $1::int AND p.person_id = m.person_id
WHERE
    p.phone_index = ANY($2::bytea [])
    AND ($3::text IS NULL OR m.status = $3::text)
ORDER BY p.name_sort_key, m.member_id
LIMIT $4::int
