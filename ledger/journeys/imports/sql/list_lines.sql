-- Purpose: a page of a file's lines in their order, of one state, or with something odd.
-- Parameters: $1 tenant int; $2 import_id uuid; $3 state text or null: all, "warned": with
--   warnings, "right": all but the wrong ones; $4 after int: behind this line; $5 limit int.
-- Result: line, state, cells_sealed, problems, warnings, object_id, own_number_sealed.
-- Locks: none. Errors: none.
SELECT line, state, cells_sealed, problems, warnings, object_id, own_number_sealed
FROM foundation.import_line
WHERE
    tenant_id = $1::int AND import_id = $2::uuid AND line > $4::int
    AND (
        $3::text IS NULL OR state = $3::text
        OR ($3::text = 'warned' AND warnings <> '{}')
        OR ($3::text = 'right' AND state <> 'error')
    )
ORDER BY line
LIMIT $5::int
