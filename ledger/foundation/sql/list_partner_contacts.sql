-- Purpose: who speaks and spoke for a partner, who does now first.
-- Parameters: $1 tenant int; $2 partner uuid; $3 limit int.
-- Result: contact_id, display_name, volunteer_no, begins_on, ends_on. Locks: none. Errors: none.
SELECT c.contact_id, p.display_name, p.volunteer_no, c.begins_on, c.ends_on
FROM foundation.partner_contact AS c
INNER JOIN foundation.person AS p ON c.person_id = p.person_id
WHERE c.tenant_id = $1::int AND c.partner_id = $2::uuid
ORDER BY c.ends_on DESC NULLS FIRST, c.contact_id
LIMIT $3::int
