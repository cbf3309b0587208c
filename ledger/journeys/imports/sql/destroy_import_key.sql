-- Purpose: destroy the key of a file's cells.
-- Parameters: $1 tenant int; $2 import_id uuid.
-- Result: none. Locks: the file. Errors: none.
UPDATE foundation.import_file
SET data_key = NULL
WHERE tenant_id = $1::int AND import_id = $2::uuid
