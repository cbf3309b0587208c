-- Purpose: when the worker has something to do with a file.
-- Parameters: $1 tenant int, 0: the platform; $2 import_id uuid; $3 due_at timestamptz.
-- Result: none. Locks: the row. Errors: none.
INSERT INTO foundation.import_due (scope_tenant_id, import_id, due_at)
VALUES ($1::int, $2::uuid, $3::timestamptz)
ON CONFLICT (scope_tenant_id, import_id) DO UPDATE SET due_at = excluded.due_at
