-- purpose: prove that each entry waits for the seal in exactly one batch of its posting moment
-- parameters: tenant
-- result: one row: entries checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH queued AS (
    SELECT u.entry_id, count(*) AS batches, min(q.posted_at) AS posted_at
    FROM books.seal_queue q
    CROSS JOIN LATERAL unnest(q.entry_ids) AS u (entry_id)
    WHERE q.tenant_id = $1::int
    GROUP BY u.entry_id
),
entries AS (
    SELECT e.entry_id, e.posted_at FROM books.entry e WHERE e.tenant_id = $1::int
)
SELECT
    (SELECT count(*) FROM entries) AS checked,
    ARRAY(
        SELECT CASE
            WHEN e.entry_id IS NULL THEN format('entry %s is queued and has no row', q.entry_id)
            WHEN q.entry_id IS NULL THEN format('entry %s is in no batch', e.entry_id)
            ELSE format('entry %s, posted at %s, is in %s batches, of %s', e.entry_id, e.posted_at,
                q.batches, q.posted_at) END
        FROM entries e
        FULL JOIN queued q ON q.entry_id = e.entry_id
        WHERE (e.posted_at, 1) IS DISTINCT FROM (q.posted_at, q.batches)
        LIMIT 20
    ) AS failures;
