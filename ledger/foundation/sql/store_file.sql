-- Purpose: keep a file, unless its bytes are kept already.
-- Parameters: $1 tenant int; $2 file_id uuid; $3 sent_hash bytea; $4 content_hash bytea; $5 kind
--   text; $6 content bytea; $7 width int; $8 height int; $9 preview bytea; $10 caller_id int;
--   $11 at timestamptz.
-- Result: file_id; no row when they are. Locks: the new row, or the other's until it is committed.
-- Errors: none.
INSERT INTO foundation.stored_file (
    tenant_id, file_id, sent_hash, content_hash, kind, size_bytes, width, height, content,
    preview, stored_by, stored_at
)
VALUES (
    $1::int, $2::uuid, $3::bytea, $4::bytea, $5::text, length($6::bytea), $7::int, $8::int,
    $6::bytea, $9::bytea, $10::int, $11::timestamptz
)
ON CONFLICT ON CONSTRAINT file_is_kept_once DO NOTHING
RETURNING file_id
