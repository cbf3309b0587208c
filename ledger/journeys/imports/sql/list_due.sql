-- Purpose: files with which something is to be done now.
-- Parameters: $1 at timestamptz; $2 limit int.
-- Result: scope_tenant_id, import_id, the longest waiting first. Locks: none. Errors: none.
SELECT scope_tenant_id, import_id
FROM foundation.import_due
WHERE due_at <= $1::timestamptz
ORDER BY due_at
LIMIT $2::int
