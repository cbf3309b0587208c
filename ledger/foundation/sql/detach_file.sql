-- Purpose: take evidence away.
-- Parameters: $1 tenant int; $2 attachment_id uuid; $3 caller_id int; $4 at timestamptz.
-- Result: none. Locks: the row. Errors: 23514 when it proves an entry.
UPDATE foundation.file_attachment
SET detached_by = $3::int, detached_at = $4::timestamptz
WHERE tenant_id = $1::int AND attachment_id = $2::uuid AND detached_at IS NULL
