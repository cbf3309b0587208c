-- Purpose: empty the cells of a file's lines and the household that they name; of all, or of all
--   that are not to be mended.
-- Parameters: $1 tenant int; $2 import_id uuid; $3 keep_wrong boolean.
-- Result: none. Locks: the lines. Errors: none.
UPDATE foundation.import_line
SET cells_sealed = NULL, household = NULL
WHERE
    tenant_id = $1::int AND import_id = $2::uuid
    AND (cells_sealed IS NOT NULL OR household IS NOT NULL)
    AND NOT ($3::boolean AND state = 'error')
