-- purpose: prove that the balance stored with each side of each transfer is the running sum
-- parameters: tenant
-- result: one row: sides checked; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: window functions over both indexes by version; nothing is kept but the running sum
WITH posting AS (
    SELECT t.debit_account_id AS account_id, t.debit_version AS version, t.amount AS debited,
        t.debit_balance AS balance, t.entry_id, t.line_no
    FROM books.transfer t
    WHERE t.tenant_id = $1::int
    UNION ALL
    SELECT t.credit_account_id, t.credit_version, -t.amount, t.credit_balance, t.entry_id, t.line_no
    FROM books.transfer t
    WHERE t.tenant_id = $1::int
),
replay AS (
    SELECT p.*, sum(p.debited) OVER (
        PARTITION BY p.account_id ORDER BY p.version ROWS UNBOUNDED PRECEDING) AS net
    FROM posting p
),
failing (fact) AS MATERIALIZED (
    SELECT format('entry %s line %s: account %s version %s has balance %s; replayed %s',
        r.entry_id, r.line_no, a.public_id, r.version, r.balance, r.net * a.normal_side)
    FROM replay r
    JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = r.account_id
    WHERE r.net * a.normal_side <> r.balance
)
SELECT
    (SELECT 2 * count(*) FROM books.transfer t WHERE t.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
