-- Purpose: units as they are on a day, those lying in one unit or all.
-- Parameters: $1 day date; $2 parent uuid or null for all; $3 org_unit_id uuid or null for all;
--   behind which unit, or null: $4 level text, $5 name text, $6 org_unit_id uuid; $7 limit int or
--   null.
-- Result: org_unit_id, level, name, parent_id (the successor where the parent was dissolved),
--   valid_from; dissolved units are left out.
-- Locks: none. Errors: none.
SELECT u.org_unit_id, u.level, placed.name, within.parent_id, placed.valid_from
FROM foundation.org_unit AS u
CROSS JOIN LATERAL (
    SELECT p.name, p.parent_id, p.dissolved, p.valid_from
    FROM foundation.org_unit_placement AS p
    WHERE p.org_unit_id = u.org_unit_id AND p.valid_from <= $1::date
    ORDER BY p.valid_from DESC
    LIMIT 1
) AS placed
CROSS JOIN LATERAL (
    SELECT foundation.org_unit_in_force(placed.parent_id, $1::date) AS parent_id
) AS within
WHERE
    NOT placed.dissolved
    AND ($2::uuid IS NULL OR within.parent_id = $2::uuid)
    AND ($3::uuid IS NULL OR u.org_unit_id = $3::uuid)
    AND (
        $6::uuid IS NULL
        OR (u.level, placed.name, u.org_unit_id) > ($4::text, $5::text, $6::uuid)
    )
ORDER BY u.level, placed.name, u.org_unit_id
LIMIT $7::int
