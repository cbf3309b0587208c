-- Purpose: let go of what lines say, and skip them for a reason.
-- Parameters: $1 tenant int; $2 import_id uuid; $3 line int[]; $4 problem text.
-- Result: none. Locks: the lines; whoever calls holds the file. Errors: none.
UPDATE foundation.import_line
SET
    state = 'skipped',
    cells_sealed = NULL,
    household = NULL,
    own_number_sealed = NULL,
    problems = ARRAY[$4::text],
    warnings = '{}'
WHERE tenant_id = $1::int AND import_id = $2::uuid AND line = ANY ($3::int[])
