-- purpose: prove that the balances kept of closed months are what their entries add up to
-- parameters: tenant
-- result: one row: balances checked; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: one pass by account and month; a running sum stands for every month before
WITH closed AS (
    SELECT p.book_code, p.month
    FROM books.period p
    WHERE p.tenant_id = $1::int AND p.status = 'closed'
),
journal AS MATERIALIZED (
    SELECT t.debit_account_id, t.credit_account_id, t.amount, t.debit_version, t.credit_version,
        date_trunc('month', e.booked_on::timestamp)::date AS month
    FROM books.transfer t
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = t.entry_id
    WHERE t.tenant_id = $1::int AND EXISTS (SELECT 1 FROM closed)
),
moved AS (
    SELECT s.account_id, s.month, sum(s.debit) AS debits, sum(s.credit) AS credits,
        min(s.version) AS first_version
    FROM (
        SELECT j.debit_account_id AS account_id, j.month, j.amount AS debit, 0::bigint AS credit,
            j.debit_version AS version
        FROM journal j
        UNION ALL
        SELECT j.credit_account_id, j.month, 0, j.amount, j.credit_version
        FROM journal j
    ) s
    GROUP BY s.account_id, s.month
),
kept AS (
    SELECT b.account_id, b.month, b.debits_posted, b.credits_posted, b.later_version
    FROM books.period_balance b
    JOIN closed c ON c.book_code = b.book_code AND c.month = b.month
    WHERE b.tenant_id = $1::int
),
replay AS (
    SELECT account_id, month, k.debits_posted, k.credits_posted, k.later_version,
        sum(m.debits) OVER up_to AS debits, sum(m.credits) OVER up_to AS credits,
        min(m.first_version) OVER (PARTITION BY account_id ORDER BY month
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_version
    FROM moved m
    FULL JOIN kept k USING (account_id, month)
    WINDOW up_to AS (PARTITION BY account_id ORDER BY month)
),
failing (fact) AS MATERIALIZED (
    SELECT format('account %s, %s: kept %s, %s, later version %s; recomputed %s, %s, %s',
        a.public_id, r.month, r.debits_posted, r.credits_posted, r.later_version,
        coalesce(r.debits, 0), coalesce(r.credits, 0), coalesce(r.next_version, a.version + 1))
    FROM replay r
    JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = r.account_id
    JOIN closed c ON c.book_code = a.book_code AND c.month = r.month
    WHERE r.debits_posted IS DISTINCT FROM coalesce(r.debits, 0)
        OR r.credits_posted IS DISTINCT FROM coalesce(r.credits, 0)
        OR r.later_version IS DISTINCT FROM coalesce(r.next_version, a.version + 1)
    ORDER BY r.month, a.account_id
)
SELECT
    (SELECT count(*) FROM kept) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
