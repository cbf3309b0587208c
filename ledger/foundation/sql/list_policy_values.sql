-- Purpose: the values that hold on a day for a tenant or a unit, the nearest scope first.
-- Parameters: $1 tenant int or null; $2 org_unit_id uuid or null; $3 keys text[]; $4 business date.
-- Result: key, value jsonb, version, org_unit_id of the scope (null: platform); no row for a key
--   that nobody has set. A row without value hands the question on to the next wider scope.
-- Locks: none. Errors: none.
WITH place AS (
    SELECT coalesce($2::uuid, (
        SELECT p.org_unit_id FROM foundation.programme AS p WHERE p.scope_tenant_id = $1::int
    ), (
        SELECT e.org_unit_id FROM foundation.estate AS e WHERE e.scope_tenant_id = $1::int
    )) AS org_unit_id
),

scope AS (
    SELECT c.org_unit_id, c.distance
    FROM place, foundation.org_unit_chain(place.org_unit_id, $4::date) AS c
    UNION ALL
    SELECT NULL, 2147483647
)

SELECT DISTINCT ON (wanted.key) wanted.key, latest.value, latest.version, scope.org_unit_id
FROM unnest($3::text[]) AS wanted (key)
CROSS JOIN scope
CROSS JOIN LATERAL (
    SELECT p.value, p.version
    FROM foundation.policy AS p
    WHERE
        p.key = wanted.key
        AND p.org_unit_id IS NOT DISTINCT FROM scope.org_unit_id
        AND p.valid_from <= $4::date
    ORDER BY p.valid_from DESC, p.version DESC
    LIMIT 1
) AS latest
WHERE latest.value IS NOT NULL
ORDER BY wanted.key, scope.distance
