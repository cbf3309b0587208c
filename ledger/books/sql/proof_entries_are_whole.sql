-- purpose: prove that each entry has its lines, numbered from 1, and each line its entry
-- parameters: tenant
-- result: one row: entries checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH lines AS (
    SELECT t.entry_id, count(*) AS lines, min(t.line_no) AS first, max(t.line_no) AS last
    FROM books.transfer t
    WHERE t.tenant_id = $1::int
    GROUP BY t.entry_id
),
entries AS (
    SELECT e.entry_id FROM books.entry e WHERE e.tenant_id = $1::int
),
failing (fact) AS MATERIALIZED (
    SELECT CASE
        WHEN e.entry_id IS NULL THEN format('entry %s has lines and no row', l.entry_id)
        WHEN l.entry_id IS NULL THEN format('entry %s has no lines', e.entry_id)
        ELSE format('entry %s: %s lines, numbered %s to %s', e.entry_id, l.lines, l.first,
            l.last) END
    FROM entries e
    FULL JOIN lines l ON l.entry_id = e.entry_id
    WHERE e.entry_id IS NULL OR l.entry_id IS NULL OR l.first <> 1 OR l.last <> l.lines
)
SELECT
    (SELECT count(*) FROM entries) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
