-- purpose: prove that each memo that is still there is the one that was committed to
-- parameters: tenant
-- result: one row: memos checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH failing (fact) AS MATERIALIZED (
    SELECT format('entry %s: its memo is not the one committed to', m.entry_id)
    FROM books.entry_memo m
    WHERE m.tenant_id = $1::int
        AND CASE WHEN m.memo IS NULL THEN m.salt IS NOT NULL
            ELSE sha256(m.salt || convert_to(m.memo, 'UTF8')) IS DISTINCT FROM m.commitment END
    UNION ALL
    SELECT format('entry %s has a memo and no row', m.entry_id)
    FROM books.entry_memo m
    LEFT JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = m.entry_id
    WHERE m.tenant_id = $1::int AND e.entry_id IS NULL
)
SELECT
    (SELECT count(*) FROM books.entry_memo m WHERE m.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
