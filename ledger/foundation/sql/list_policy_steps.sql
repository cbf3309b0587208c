-- Purpose: what rules say from a day on, for a tenant or a unit, on every day on which that may
--   change: a decision begins, or a unit is placed elsewhere.
-- Parameters: $1 tenant int or null; $2 org_unit_id uuid or null; $3 keys text[]; $4 first day;
--   $5 last day or null (all that is decided); $6 proposal to be left out, uuid or null.
-- Result: key, day, value jsonb, version, org_unit_id of the scope (null: platform), by key and
--   day; value null: nobody has decided it. The first day is always among them.
-- Locks: none. Errors: none.
WITH place AS (
    SELECT coalesce($2::uuid, (
        SELECT p.org_unit_id FROM foundation.programme AS p WHERE p.scope_tenant_id = $1::int
    ), (
        SELECT e.org_unit_id FROM foundation.estate AS e WHERE e.scope_tenant_id = $1::int
    )) AS org_unit_id
),

moved AS (
    SELECT $4::date AS day
    UNION
    SELECT o.valid_from
    FROM foundation.org_unit_placement AS o
    WHERE o.valid_from > $4::date AND ($5::date IS NULL OR o.valid_from <= $5::date)
),

step AS MATERIALIZED (
    SELECT wanted.key, moved.day
    FROM unnest($3::text[]) AS wanted (key)
    CROSS JOIN moved
    UNION
    SELECT p.key, p.valid_from
    FROM foundation.policy AS p
    WHERE
        p.key = any($3::text[])
        AND p.valid_from > $4::date
        AND ($5::date IS NULL OR p.valid_from <= $5::date)
),

scope AS MATERIALIZED (
    SELECT days.day, c.org_unit_id, c.distance
    FROM (SELECT DISTINCT step.day FROM step) AS days
    CROSS JOIN place
    CROSS JOIN LATERAL foundation.org_unit_chain(place.org_unit_id, days.day) AS c
    UNION ALL
    SELECT DISTINCT step.day, NULL::uuid, 2147483647
    FROM step
)

SELECT DISTINCT ON (step.key, step.day)
    step.key, step.day, latest.value, latest.version, scope.org_unit_id
FROM step
INNER JOIN scope ON step.day = scope.day
LEFT JOIN LATERAL (
    SELECT p.value, p.version
    FROM foundation.policy AS p
    WHERE
        p.key = step.key
        AND p.org_unit_id IS NOT DISTINCT FROM scope.org_unit_id
        AND p.valid_from <= step.day
        AND p.proposal_id IS DISTINCT FROM $6::uuid
    ORDER BY p.valid_from DESC, p.version DESC
    LIMIT 1
) AS latest ON TRUE
ORDER BY step.key, step.day, latest.value IS NULL, scope.distance
