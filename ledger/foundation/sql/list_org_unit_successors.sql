-- Purpose: what became of a unit, and what it came from.
-- Parameters: $1 org_unit_id uuid.
-- Result: org_unit_id, name (the last one), valid_from, is_main, is_successor (false: predecessor).
-- Locks: none. Errors: none.
SELECT o.org_unit_id, placed.name, o.valid_from, o.is_main, o.is_successor
FROM (
    SELECT s.successor_id AS org_unit_id, s.valid_from, s.is_main, TRUE AS is_successor
    FROM foundation.org_unit_successor AS s
    WHERE s.org_unit_id = $1::uuid
    UNION ALL
    SELECT s.org_unit_id, s.valid_from, s.is_main, FALSE
    FROM foundation.org_unit_successor AS s
    WHERE s.successor_id = $1::uuid
) AS o
CROSS JOIN LATERAL (
    SELECT p.name
    FROM foundation.org_unit_placement AS p
    WHERE p.org_unit_id = o.org_unit_id
    ORDER BY p.valid_from DESC
    LIMIT 1
) AS placed
ORDER BY o.is_main DESC, o.valid_from, o.org_unit_id
