-- Purpose: the tenant behind a public id, or with an internal id; the other null.
-- Parameters: $1 public_id uuid or null; $2 tenant int or null.
-- Result: tenant_id, public_id, name, form (programme or estate), kind; at most one row.
-- Locks: none. Errors: none.
SELECT scope_tenant_id AS tenant_id, public_id, name, 'programme' AS form, kind, org_unit_id
FROM foundation.programme
WHERE public_id = $1::uuid OR scope_tenant_id = $2::int
UNION ALL
SELECT scope_tenant_id, public_id, name, 'estate', kind, org_unit_id
FROM foundation.estate
WHERE public_id = $1::uuid OR scope_tenant_id = $2::int
