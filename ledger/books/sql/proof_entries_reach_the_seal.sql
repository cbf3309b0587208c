-- purpose: prove that each entry waits for the seal: as many at a moment as its batches say
-- parameters: tenant
-- result: one row: entries checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH queued AS (
    SELECT q.posted_at, sum(q.entry_count) AS entries, min(q.batch_id::text) AS batch_id
    FROM books.seal_queue q
    WHERE q.tenant_id = $1::int
    GROUP BY q.posted_at
),
posted AS (
    SELECT e.posted_at, count(*) AS entries, min(e.entry_id::text) AS entry_id
    FROM books.entry e
    WHERE e.tenant_id = $1::int
    GROUP BY e.posted_at
),
failing (fact) AS MATERIALIZED (
    SELECT format('batch %s, entry %s and those posted at %s: %s queued, %s posted',
        q.batch_id, p.entry_id, coalesce(p.posted_at, q.posted_at),
        coalesce(q.entries, 0), coalesce(p.entries, 0))
    FROM posted p
    FULL JOIN queued q ON q.posted_at = p.posted_at
    WHERE p.entries IS DISTINCT FROM q.entries
)
SELECT
    (SELECT coalesce(sum(p.entries), 0) FROM posted p) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
