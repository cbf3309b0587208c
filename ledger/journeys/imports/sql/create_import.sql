-- Purpose: put a file on record, before its lines.
-- Parameters: $1 tenant int, 0: the platform; $2 import_id uuid; $3 kind text; $4 file_name text;
--   $5 sha256 bytea; $6 size_bytes bigint; $7 data_key bytea, wrapped; $8 unknown_columns text[];
--   $9 uploaded_by int; $10 uploaded_at, $11 expires_at timestamptz.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.import_file (
    tenant_id, import_id, kind, file_name, sha256, size_bytes, data_key, unknown_columns, state,
    uploaded_by, uploaded_at, expires_at
)
VALUES (
    $1::int, $2::uuid, $3::text, $4::text, $5::bytea, $6::bigint, $7::bytea, $8::text[],
    'previewed', $9::int, $10::timestamptz, $11::timestamptz
)
