-- Purpose: hold a file until the transaction ends, so that one at a time works on it.
-- Parameters: $1 tenant int; $2 import_id uuid.
-- Result: import_id; no row when there is no such file. Locks: the file. Errors: none.
SELECT import_id
FROM foundation.import_file
WHERE tenant_id = $1::int AND import_id = $2::uuid
FOR UPDATE
