-- Purpose: the files of a request become evidence of the entry that came of it.
-- Parameters: $1 tenant int; $2 approval uuid; $3 entry uuid; $4 at timestamptz.
-- Result: none. Locks: the new rows. Errors: none.
INSERT INTO foundation.file_attachment (
    tenant_id, attachment_id, file_id, object_kind, object_id, attached_by, attached_at
)
SELECT a.tenant_id, gen_random_uuid(), a.file_id, 'entry', $3::uuid, a.attached_by, $4::timestamptz
FROM foundation.file_attachment AS a
WHERE a.tenant_id = $1::int AND a.object_kind IN ('approval', 'payment')
    AND a.object_id = $2::uuid
