-- Purpose: who holds through a unit a role that two people give, in some places on a day.
-- Parameters: $1 tenants int[]; $2 day date.
-- Result: place_id (public id of the tenant), role_code, person_id (public id; null: a connected
--   system); of grants that have not ended by the day, also those still to come.
-- Locks: none. Errors: none.
SELECT DISTINCT t.public_id AS place_id, g.role_code, p.public_id AS person_id
FROM (
    SELECT m.scope_tenant_id, m.public_id, m.org_unit_id FROM foundation.programme AS m
    UNION ALL
    SELECT e.scope_tenant_id, e.public_id, e.org_unit_id FROM foundation.estate AS e
) AS t
CROSS JOIN LATERAL foundation.org_unit_chain(t.org_unit_id, $2::date) AS c
INNER JOIN foundation.role_grant AS g ON c.org_unit_id = g.org_unit_id
INNER JOIN foundation.role AS r ON g.role_code = r.role_code
LEFT JOIN foundation.person AS p ON g.caller_id = p.caller_id
WHERE
    t.scope_tenant_id = ANY($1::int [])
    AND r.needs_two_people
    AND (g.valid_to IS NULL OR (g.valid_to AT TIME ZONE 'Asia/Shanghai')::date > $2::date)
ORDER BY t.public_id, g.role_code, p.public_id
