-- Purpose: a file becomes evidence of something.
-- Parameters: $1 tenant int; $2 attachment_id uuid; $3 file_id uuid; $4 object_kind text;
--   $5 object_id uuid; $6 caller_id int; $7 at timestamptz.
-- Result: none. Locks: the new row. Errors: 23505 when it is attached already.
INSERT INTO foundation.file_attachment (
    tenant_id, attachment_id, file_id, object_kind, object_id, attached_by, attached_at
)
VALUES ($1::int, $2::uuid, $3::uuid, $4::text, $5::uuid, $6::int, $7::timestamptz)
