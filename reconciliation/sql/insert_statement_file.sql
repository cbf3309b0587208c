-- purpose: record a file that is being imported
-- parameters: tenant; id; sha256; name; format; size in bytes; caller; moment
-- result: none
-- locks: none beyond the row
-- errors: 23505 statement_file_is_imported_once
INSERT INTO reconciliation.statement_file (
    tenant_id, statement_file_id, sha256, name, format, size_bytes, caller_id, imported_at
)
VALUES (
    $1::int, $2::uuid, $3::bytea, $4::text, $5::text, $6::bigint, $7::int, $8::timestamptz
);
