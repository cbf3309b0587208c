-- Purpose: note that lines left the ready ones; to count all lines of a file for each batch would
--   take the longer the longer the file is.
-- Parameters: $1 tenant int; $2 import_id uuid; $3 skipped, $4 wrong, $5 done int: how many became
--   so.
-- Result: none. Locks: the file; whoever calls holds it. Errors: none.
UPDATE foundation.import_file
SET
    ready_count = ready_count - ($3::int + $4::int + $5::int),
    skipped_count = skipped_count + $3::int,
    error_count = error_count + $4::int,
    done_count = done_count + $5::int
WHERE tenant_id = $1::int AND import_id = $2::uuid
