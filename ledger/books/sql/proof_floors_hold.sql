-- purpose: prove that no account was below its floor after any transfer
-- parameters: tenant
-- result: one row: sides of transfers checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH floored AS (
    SELECT a.account_id, a.public_id, a.floor
    FROM books.account a
    WHERE a.tenant_id = $1::int AND a.floor IS NOT NULL
),
failing (fact) AS MATERIALIZED (
    SELECT format('entry %s line %s: account %s version %s has balance %s, floor %s',
        b.entry_id, b.line_no, b.public_id, b.version, b.balance, b.floor)
    FROM (
        SELECT t.entry_id, t.line_no, f.public_id, t.debit_version AS version,
            t.debit_balance AS balance, f.floor
        FROM books.transfer t
        JOIN floored f ON f.account_id = t.debit_account_id
        WHERE t.tenant_id = $1::int AND t.debit_balance < f.floor
        UNION ALL
        SELECT t.entry_id, t.line_no, f.public_id, t.credit_version, t.credit_balance, f.floor
        FROM books.transfer t
        JOIN floored f ON f.account_id = t.credit_account_id
        WHERE t.tenant_id = $1::int AND t.credit_balance < f.floor
    ) b
)
SELECT
    (SELECT 2 * count(*) FROM books.transfer t WHERE t.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
