-- Purpose: every list of a place whose cells may still be there.
-- Parameters: none.
-- Result: scope_tenant_id, import_id, in the order in which they are to be held.
-- Locks: none. Errors: none.
SELECT scope_tenant_id, import_id
FROM foundation.import_due
WHERE scope_tenant_id <> 0
ORDER BY scope_tenant_id, import_id
