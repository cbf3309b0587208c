-- Purpose: a file with its content.
-- Parameters: $1 tenant int; $2 file_id uuid.
-- Result: kind, content, preview. Locks: none. Errors: none.
SELECT f.kind, f.content, f.preview
FROM foundation.stored_file f
WHERE f.tenant_id = $1::int AND f.file_id = $2::uuid
