-- Purpose: refuse the lines of households that would not be whole: a new one has exactly one head,
--   one that is there keeps its own.
-- Parameters: $1 tenant int; $2 import_id uuid.
-- Result: none; how many lines were refused is the count of rows.
-- Locks: the lines. Errors: none.
WITH named AS (
    SELECT
        l.household,
        min(l.line) FILTER (WHERE l.is_head) AS first_head,
        min(l.line) FILTER (WHERE l.is_head AND l.state = 'ready') AS ready_head,
        count(*) FILTER (WHERE l.is_head AND l.state <> 'skipped') AS heads
    FROM foundation.import_line AS l
    WHERE l.tenant_id = $1::int AND l.import_id = $2::uuid AND l.household IS NOT NULL
    GROUP BY l.household
),

judged AS (
    SELECT
        n.household,
        n.first_head,
        n.ready_head,
        n.heads,
        h.household_id IS NOT NULL AS is_there
    FROM named AS n
    LEFT JOIN foundation.household AS h
        ON h.tenant_id = $1::int AND n.household = h.number
)

UPDATE foundation.import_line AS l
SET
    state = 'error',
    problems = l.problems || CASE
        WHEN l.is_head AND j.is_there THEN 'household:has_head'
        WHEN j.heads > 1 AND l.is_head AND l.line > j.first_head
            THEN 'household:two_heads:' || j.first_head
        WHEN j.heads > 1 THEN 'household:several_heads'
        WHEN j.first_head IS NOT NULL THEN 'household:head_not_ready:' || j.first_head
        ELSE 'household:no_head'
    END
FROM judged AS j
WHERE
    l.tenant_id = $1::int AND l.import_id = $2::uuid AND l.household = j.household
    AND l.state = 'ready'
    AND CASE
        WHEN j.is_there THEN l.is_head
        ELSE j.heads > 1 OR j.ready_head IS NULL
    END
