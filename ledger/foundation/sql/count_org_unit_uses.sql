-- Purpose: how much rests on a unit on a day, and the latest day on which something is set down.
-- Parameters: $1 org_unit_id uuid; $2 day date.
-- Result: units (lying in it), tenants (programmes and estates there, also by succession), latest
--   (last placement of the unit, or day on which it takes over from another), latest_place (last
--   name or place of the unit that is not its end).
-- Locks: none. Errors: none.
SELECT
    (
        SELECT count(*)
        FROM foundation.org_unit AS u
        CROSS JOIN LATERAL (
            SELECT p.parent_id, p.dissolved
            FROM foundation.org_unit_placement AS p
            WHERE p.org_unit_id = u.org_unit_id AND p.valid_from <= $2::date
            ORDER BY p.valid_from DESC
            LIMIT 1
        ) AS placed
        WHERE
            NOT placed.dissolved
            AND foundation.org_unit_in_force(placed.parent_id, $2::date) = $1::uuid
    ) AS units,
    (
        SELECT count(*)
        FROM (
            SELECT t.org_unit_id FROM foundation.programme AS t
            UNION ALL
            SELECT t.org_unit_id FROM foundation.estate AS t
        ) AS tenant
        WHERE foundation.org_unit_in_force(tenant.org_unit_id, $2::date) = $1::uuid
    ) AS tenants,
    greatest(
        (
            SELECT max(p.valid_from)
            FROM foundation.org_unit_placement AS p
            WHERE p.org_unit_id = $1::uuid
        ),
        (
            SELECT max(s.valid_from)
            FROM foundation.org_unit_successor AS s
            WHERE s.successor_id = $1::uuid
        )
    ) AS latest,
    (
        SELECT max(p.valid_from)
        FROM foundation.org_unit_placement AS p
        WHERE p.org_unit_id = $1::uuid AND NOT p.dissolved
    ) AS latest_place
