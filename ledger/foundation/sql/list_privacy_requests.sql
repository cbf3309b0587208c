-- Purpose: corrections and erasures of a programme's members that wait for staff, the oldest first.
-- Parameters: $1 tenant int; $2 limit int.
-- Result: kind (correction, erasure), member_id, volunteer_no, display_name, asked_at.
-- Locks: none. Errors: none.
SELECT w.kind, m.member_id, m.volunteer_no, p.display_name, w.asked_at
FROM (
    SELECT 'correction' AS kind, c.person_id, c.asked_at
    FROM foundation.correction AS c
    WHERE c.state = 'requested'
    UNION ALL
    SELECT 'erasure', e.person_id, e.asked_at
    FROM foundation.erasure AS e
    WHERE e.state = 'requested'
) AS w
INNER JOIN foundation.member AS m ON m.tenant_id = $1::int AND w.person_id = m.person_id
INNER JOIN foundation.person AS p ON w.person_id = p.person_id
ORDER BY w.asked_at
LIMIT $2::int
