-- Purpose: files of a programme or of the platform, the latest first; or one of them.
-- Parameters: $1 tenant int; $2 import_id uuid or null; $3 before uuid or null: older than this
--   one; $4 limit int.
-- Result: the columns of ledger.journeys.imports.store.ImportFile. Locks: none. Errors: none.
SELECT
    import_id,
    kind,
    file_name,
    sha256,
    size_bytes,
    data_key,
    unknown_columns,
    state,
    ready_count,
    skipped_count,
    error_count,
    warned_count,
    done_count,
    uploaded_by,
    uploaded_at,
    expires_at,
    confirmed_by,
    confirmed_at,
    finished_at
FROM foundation.import_file
WHERE
    tenant_id = $1::int
    AND ($2::uuid IS NULL OR import_id = $2::uuid)
    AND ($3::uuid IS NULL OR import_id < $3::uuid)
ORDER BY import_id DESC
LIMIT $4::int
