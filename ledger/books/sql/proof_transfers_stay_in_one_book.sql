-- purpose: prove that both accounts of each transfer belong to one book
-- parameters: tenant
-- result: one row: transfers checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH failing (fact) AS MATERIALIZED (
    SELECT format('entry %s line %s: debit in book %s, credit in book %s',
        t.entry_id, t.line_no, d.book_code, c.book_code)
    FROM books.transfer t
    JOIN books.account d ON d.tenant_id = $1::int AND d.account_id = t.debit_account_id
    JOIN books.account c ON c.tenant_id = $1::int AND c.account_id = t.credit_account_id
    WHERE t.tenant_id = $1::int AND d.book_code <> c.book_code
)
SELECT
    (SELECT count(*) FROM books.transfer t WHERE t.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
