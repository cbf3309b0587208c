-- Purpose: households that a file's lines would not leave whole: a new one has exactly one head,
--   one that is there keeps its own.
-- Parameters: $1 tenant int; $2 import_id uuid.
-- Result: household; first_head int or null, the line of its first head; heads, how many it names
--   beside those that are skipped; is_there, known to the programme before.
-- Locks: none. Errors: none.
SELECT n.household, n.first_head, n.heads, n.household_id IS NOT NULL AS is_there
FROM (
    SELECT
        l.household,
        min(l.line) FILTER (WHERE l.is_head) AS first_head,
        min(l.line) FILTER (WHERE l.is_head AND l.state = 'ready') AS ready_head,
        count(*) FILTER (WHERE l.is_head AND l.state <> 'skipped') AS heads,
        (
            SELECT h.household_id FROM foundation.household AS h
            WHERE h.tenant_id = $1::int AND l.household = h.number
        ) AS household_id
    FROM foundation.import_line AS l
    WHERE l.tenant_id = $1::int AND l.import_id = $2::uuid AND l.household IS NOT NULL
    GROUP BY l.household
) AS n
WHERE
    CASE
        WHEN n.household_id IS NULL THEN n.heads <> 1 OR n.ready_head IS NULL
        ELSE n.heads > 0
    END
