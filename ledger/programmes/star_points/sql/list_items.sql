-- Purpose: the items that a programme scores on a day, each from the nearest unit that has it.
-- Parameters: $1 tenant int; $2 day date; $3 item code or null for all.
-- Result: item_code, name, kind, unit_score, month_cap, quarter_cap, year_cap (1/100 point),
--   evidence, org_unit_id, valid_from; by code.
-- Locks: none. Errors: none.
WITH scope AS (
    SELECT c.org_unit_id, c.distance
    FROM foundation.programme AS p
    CROSS JOIN LATERAL foundation.org_unit_chain(p.org_unit_id, $2::date) AS c
    WHERE p.scope_tenant_id = $1::int
),

nearest AS (
    SELECT DISTINCT ON (i.item_code)
        i.item_code, i.name, i.kind, i.unit_score, i.month_cap, i.quarter_cap, i.year_cap,
        i.evidence, i.org_unit_id, i.valid_from, i.is_ended
    FROM programmes.scoring_item AS i
    INNER JOIN scope ON i.org_unit_id = scope.org_unit_id
    WHERE i.valid_from <= $2::date AND ($3::text IS NULL OR i.item_code = $3::text)
    ORDER BY i.item_code, scope.distance, i.valid_from DESC
)

SELECT
    item_code, name, kind, unit_score, month_cap, quarter_cap, year_cap, evidence, org_unit_id,
    valid_from
FROM nearest
WHERE NOT is_ended
ORDER BY item_code
