-- Purpose: who lives and lived in a household, who lives there now first.
-- Parameters: $1 tenant int; $2 household uuid; $3 limit int.
-- Result: member_id, volunteer_no, display_name, begins_on, ends_on.
-- Locks: none. Errors: none.
SELECT l.member_id, m.volunteer_no, p.display_name, l.begins_on, l.ends_on
FROM foundation.household_member AS l
INNER JOIN foundation.member AS m ON l.tenant_id = m.tenant_id AND l.member_id = m.member_id
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE l.tenant_id = $1::int AND l.household_id = $2::uuid
ORDER BY l.ends_on DESC NULLS FIRST, l.begins_on, l.member_id
LIMIT $3::int
