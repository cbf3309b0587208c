-- purpose: prove that each reversal mirrors its original line by line, the last line first
-- parameters: tenant
-- result: one row: reversals checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH mirror AS (
    SELECT r.reversed_entry_id, t.debit_account_id, t.credit_account_id, t.amount, t.expires_on,
        row_number() OVER (PARTITION BY r.entry_id ORDER BY t.line_no) AS place
    FROM books.reversal r
    JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = r.entry_id
    WHERE r.tenant_id = $1::int
),
original AS (
    SELECT r.reversed_entry_id, t.debit_account_id, t.credit_account_id, t.amount, t.expires_on,
        row_number() OVER (PARTITION BY r.reversed_entry_id ORDER BY t.line_no DESC) AS place
    FROM books.reversal r
    JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = r.reversed_entry_id
    WHERE r.tenant_id = $1::int
),
failing (fact) AS MATERIALIZED (
    SELECT format('entry %s: line %s of its reversal is no mirror', reversed_entry_id, place)
    FROM original o
    FULL JOIN mirror m USING (reversed_entry_id, place)
    WHERE (o.debit_account_id, o.credit_account_id, o.amount, o.expires_on) IS DISTINCT FROM
        (m.credit_account_id, m.debit_account_id, m.amount, m.expires_on)
    UNION ALL
    SELECT format('entry %s is reversed by %s, of kinds %s and %s', r.reversed_entry_id,
        r.entry_id, o.kind, e.kind)
    FROM books.reversal r
    LEFT JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = r.entry_id
    LEFT JOIN books.entry o ON o.tenant_id = $1::int AND o.entry_id = r.reversed_entry_id
    WHERE r.tenant_id = $1::int AND (o.kind, e.kind) IS DISTINCT FROM (0::smallint, 1::smallint)
    UNION ALL
    SELECT format('entry %s is a reversal of nothing', e.entry_id)
    FROM books.entry e
    LEFT JOIN books.reversal r ON r.tenant_id = $1::int AND r.entry_id = e.entry_id
    WHERE e.tenant_id = $1::int AND e.kind = 1 AND r.entry_id IS NULL
)
SELECT
    (SELECT count(*) FROM books.reversal r WHERE r.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
