-- Purpose: write down how many lines of a file are in which state.
-- Parameters: $1 tenant int; $2 import_id uuid.
-- Result: none. Locks: the file. Errors: none.
UPDATE foundation.import_file AS f
SET
    ready_count = n.ready_count,
    skipped_count = n.skipped_count,
    error_count = n.error_count,
    done_count = n.done_count,
    warned_count = n.warned_count
FROM (
    SELECT
        count(*) FILTER (WHERE l.state = 'ready') AS ready_count,
        count(*) FILTER (WHERE l.state = 'skipped') AS skipped_count,
        count(*) FILTER (WHERE l.state = 'error') AS error_count,
        count(*) FILTER (WHERE l.state = 'done') AS done_count,
        count(*) FILTER (WHERE l.warnings <> '{}') AS warned_count
    FROM foundation.import_line AS l
    WHERE l.tenant_id = $1::int AND l.import_id = $2::uuid
) AS n
WHERE f.tenant_id = $1::int AND f.import_id = $2::uuid
