-- Purpose: every name and place of a unit, the oldest first.
-- Parameters: $1 org_unit_id uuid.
-- Result: level, valid_from, name, parent_id, parent_name (as on that day), dissolved; no row for
--   an unknown unit. Locks: none. Errors: none.
SELECT
    u.level,
    p.valid_from,
    p.name,
    p.parent_id,
    parent.name AS parent_name,
    p.dissolved
FROM foundation.org_unit AS u
INNER JOIN foundation.org_unit_placement AS p ON u.org_unit_id = p.org_unit_id
LEFT JOIN LATERAL (
    SELECT q.name
    FROM foundation.org_unit_placement AS q
    WHERE q.org_unit_id = p.parent_id AND q.valid_from <= p.valid_from
    ORDER BY q.valid_from DESC
    LIMIT 1
) AS parent ON TRUE
WHERE u.org_unit_id = $1::uuid
ORDER BY p.valid_from
