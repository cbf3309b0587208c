-- Purpose: who belongs and belonged to a team, who does now first.
-- Parameters: $1 tenant int; $2 group uuid.
-- Result: member_id, volunteer_no, display_name, begins_on, ends_on.
-- Locks: none. Errors: none.
SELECT l.member_id, m.volunteer_no, p.display_name, l.begins_on, l.ends_on
FROM foundation.group_member AS l
INNER JOIN foundation.member AS m ON l.tenant_id = m.tenant_id AND l.member_id = m.member_id
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE l.tenant_id = $1::int AND l.group_id = $2::uuid
ORDER BY l.ends_on DESC NULLS FIRST, p.name_sort_key, l.member_id
LIMIT 500
