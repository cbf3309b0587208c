-- Purpose: the lines to write next: heads of households and wider units before the others.
-- Parameters: $1 tenant int; $2 import_id uuid; $3 limit int.
-- Result: line, rank, cells_sealed. Locks: none; whoever calls holds the file. Errors: none.
SELECT line, rank, cells_sealed
FROM foundation.import_line
WHERE tenant_id = $1::int AND import_id = $2::uuid AND state = 'ready'
ORDER BY rank, line
LIMIT $3::int
