-- Purpose: the programmes and estates that lie in a unit on a day.
-- Parameters: $1 unit uuid; $2 day date.
-- Result: scope_tenant_id. Locks: none. Errors: none.
SELECT t.scope_tenant_id
FROM foundation.tenants_in_unit($1::uuid, $2::date) AS t
ORDER BY t.scope_tenant_id
