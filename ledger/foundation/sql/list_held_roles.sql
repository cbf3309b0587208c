-- Purpose: roles that a caller holds at a moment, with what each may do.
-- Parameters: $1 caller_id int; $2 moment timestamptz; $3 roles that only read in estates which
--   they reach through a unit or the platform text[].
-- Result: one row a grant and tenant: role_code, scope_tenant_id (null: platform), object_id,
--   is_sensitive, limited (permissions that reach object_id only), wide (permissions that reach the
--   tenant), caller_kind (person, integration, system), only_reads_in (numbers of the estates in
--   which the grant permits nothing but reading). A role given in a unit is one row for each tenant
--   that lies in the unit on that day.
-- Locks: none. Errors: none.
WITH held AS (
    SELECT
        g.grant_id, g.caller_id, g.role_code, g.object_id, g.scope_tenant_id,
        g.scope_tenant_id IS NULL AS is_broad
    FROM foundation.role_grant AS g
    WHERE
        g.caller_id = $1::int AND g.org_unit_id IS NULL
        AND g.valid_from <= $2::timestamptz
        AND (g.valid_to IS NULL OR g.valid_to > $2::timestamptz)
    UNION ALL
    SELECT g.grant_id, g.caller_id, g.role_code, g.object_id, t.scope_tenant_id, true
    FROM foundation.role_grant AS g
    CROSS JOIN LATERAL foundation.tenants_in_unit(
        g.org_unit_id, ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
    ) AS t
    WHERE
        g.caller_id = $1::int AND g.org_unit_id IS NOT NULL
        AND g.valid_from <= $2::timestamptz
        AND (g.valid_to IS NULL OR g.valid_to > $2::timestamptz)
)

SELECT
    h.role_code,
    h.scope_tenant_id,
    h.object_id,
    r.is_sensitive,
    COALESCE(array_agg(p.permission) FILTER (WHERE p.is_limited), '{}') AS limited,
    COALESCE(array_agg(p.permission) FILTER (WHERE NOT p.is_limited), '{}') AS wide,
    c.kind AS caller_kind,
    CASE WHEN h.is_broad AND h.role_code = ANY($3::text []) THEN ARRAY(
        SELECT e.scope_tenant_id FROM foundation.estate AS e
        WHERE h.scope_tenant_id IS NULL OR e.scope_tenant_id = h.scope_tenant_id
    ) ELSE '{}' END AS only_reads_in
FROM held AS h
INNER JOIN foundation.caller AS c ON h.caller_id = c.caller_id
INNER JOIN foundation.role AS r ON h.role_code = r.role_code
INNER JOIN foundation.role_permission AS p ON h.role_code = p.role_code
GROUP BY
    h.grant_id, h.role_code, h.scope_tenant_id, h.object_id, h.is_broad, r.is_sensitive, c.kind
ORDER BY h.grant_id, h.scope_tenant_id
