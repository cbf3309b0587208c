-- Purpose: all programmes and estates by name, or those with the given internal ids.
-- Parameters: $1 tenants int[] or null for all.
-- Result: tenant_id, public_id, name, form, kind, org_unit_id; programmes first.
-- Locks: none. Errors: none.
SELECT t.*
FROM (
    SELECT
        scope_tenant_id AS tenant_id, public_id, name, 'programme' AS form, kind, org_unit_id,
        name_sort_key
    FROM foundation.programme
    UNION ALL
    SELECT scope_tenant_id, public_id, name, 'estate', kind, org_unit_id, name_sort_key
    FROM foundation.estate
) AS t
WHERE $1::int[] IS NULL OR t.tenant_id = any($1::int[])
ORDER BY t.form DESC, t.name_sort_key, t.public_id
