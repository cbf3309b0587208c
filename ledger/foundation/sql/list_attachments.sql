-- Purpose: evidence that is there: of a thing, or one by its id.
-- Parameters: $1 tenant int; $2 object_kind text or null; $3 object_id uuid or null; $4
--   attachment_id uuid or null.
-- Result: attachment_id, file_id, object_kind, object_id, kind, size_bytes, width, height,
--   attached_at, attached_by. Locks: none. Errors: none.
SELECT
    a.attachment_id, a.file_id, a.object_kind, a.object_id, f.kind, f.size_bytes, f.width, f.height,
    a.attached_at, a.attached_by
FROM foundation.file_attachment a
JOIN foundation.stored_file f ON f.tenant_id = a.tenant_id AND f.file_id = a.file_id
WHERE a.tenant_id = $1::int AND a.detached_at IS NULL
    AND ($2::text IS NULL OR (a.object_kind = $2::text AND a.object_id = $3::uuid))
    AND ($4::uuid IS NULL OR a.attachment_id = $4::uuid)
ORDER BY a.attached_at, a.attachment_id
