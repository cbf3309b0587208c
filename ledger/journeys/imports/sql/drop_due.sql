-- Purpose: with a file nothing is left to be done.
-- Parameters: $1 tenant int, 0: the platform; $2 import_id uuid.
-- Result: none. Locks: the row. Errors: none.
DELETE FROM foundation.import_due
WHERE scope_tenant_id = $1::int AND import_id = $2::uuid
