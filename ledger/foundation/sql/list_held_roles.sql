-- Purpose: roles that a caller holds at a moment, with what each may do.
-- Parameters: $1 caller_id int; $2 moment timestamptz.
-- Result: one row a grant: role_code, scope_tenant_id (null: platform), object_id, is_sensitive,
--   limited (permissions that reach object_id only), wide (permissions that reach the tenant),
--   caller_kind (person, integration, system).
-- Locks: none. Errors: none.
SELECT
    g.role_code,
    g.scope_tenant_id,
    g.object_id,
    r.is_sensitive,
    COALESCE(array_agg(p.permission) FILTER (WHERE p.is_limited), '{}') AS limited,
    COALESCE(array_agg(p.permission) FILTER (WHERE NOT p.is_limited), '{}') AS wide,
    c.kind AS caller_kind
FROM foundation.role_grant AS g
INNER JOIN foundation.caller AS c ON g.caller_id = c.caller_id
INNER JOIN foundation.role AS r ON g.role_code = r.role_code
INNER JOIN foundation.role_permission AS p ON g.role_code = p.role_code
WHERE
    g.caller_id = $1::int
    AND g.valid_from <= $2::timestamptz
    AND (g.valid_to IS NULL OR g.valid_to > $2::timestamptz)
GROUP BY g.grant_id, g.role_code, g.scope_tenant_id, g.object_id, r.is_sensitive, c.kind
ORDER BY g.grant_id
