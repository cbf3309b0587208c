-- Purpose: the files that stand with a request become evidence of the entry that came of it.
-- Parameters: $1 tenant int; $2 kind of the request text; $3 request uuid; $4 entry uuid;
--   $5 at timestamptz.
-- Result: none. Locks: the new rows. Errors: none.
INSERT INTO foundation.file_attachment (
    tenant_id, attachment_id, file_id, object_kind, object_id, attached_by, attached_at
)
SELECT a.tenant_id, gen_random_uuid(), a.file_id, 'entry', $4::uuid, a.attached_by, $5::timestamptz
FROM foundation.file_attachment AS a
WHERE a.tenant_id = $1::int AND a.object_kind = $2::text AND a.object_id = $3::uuid
    AND a.detached_at IS NULL
