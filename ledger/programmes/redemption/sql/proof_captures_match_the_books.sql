-- purpose: prove that what merchants took and gave back is what the books moved on their accounts
-- parameters: tenant
-- result: one row: merchants checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH told AS (
    SELECT x.merchant_id, sum(x.points) AS points
    FROM (
        SELECT c.merchant_id, c.points FROM programmes.redemption_capture c
        WHERE c.tenant_id = $1::int
        UNION ALL
        SELECT r.merchant_id, -r.points FROM programmes.redemption_refund r
        WHERE r.tenant_id = $1::int
    ) x
    GROUP BY x.merchant_id
),
moved AS (
    SELECT a.holder_id AS merchant_id,
        sum(CASE WHEN t.credit_account_id = a.account_id THEN t.amount ELSE -t.amount END)
            AS points
    FROM books.account a
    JOIN books.transfer t ON t.tenant_id = $1::int
        AND a.account_id IN (t.debit_account_id, t.credit_account_id)
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = t.entry_id
    WHERE a.tenant_id = $1::int AND a.book_code = 'SP' AND a.account_code = '2301'
        AND e.event_code IN ('SP02', 'SP03', 'SP05', 'SP06')
    GROUP BY a.holder_id
),
failing (fact) AS MATERIALIZED (
    SELECT format('merchant %s: captures less refunds are %s; the books moved %s',
        coalesce(m.merchant_id, t.merchant_id), coalesce(t.points, 0), coalesce(m.points, 0))
    FROM told t
    FULL JOIN moved m ON m.merchant_id = t.merchant_id
    WHERE coalesce(t.points, 0) <> coalesce(m.points, 0)
)
SELECT
    (SELECT count(*) FROM told) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
