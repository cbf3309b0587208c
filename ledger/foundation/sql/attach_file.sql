-- Purpose: a file becomes evidence of something, unless it is already.
-- Parameters: $1 tenant int; $2 attachment_id uuid; $3 file_id uuid; $4 object_kind text;
--   $5 object_id uuid; $6 caller_id int; $7 at timestamptz.
-- Result: attachment_id; no row when it is attached. Locks: the new row, or the other's until it is
--   committed. Errors: none.
INSERT INTO foundation.file_attachment (
    tenant_id, attachment_id, file_id, object_kind, object_id, attached_by, attached_at
)
VALUES ($1::int, $2::uuid, $3::uuid, $4::text, $5::uuid, $6::int, $7::timestamptz)
ON CONFLICT (tenant_id, object_kind, object_id, file_id) WHERE detached_at IS NULL DO NOTHING
RETURNING attachment_id
