-- purpose: prove that stored totals and versions are what the transfers add up to
-- parameters: tenant
-- result: one row: accounts checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH debited AS (
    SELECT t.debit_account_id AS account_id, sum(t.amount) AS total, count(*) AS transfers
    FROM books.transfer t
    WHERE t.tenant_id = $1::int
    GROUP BY t.debit_account_id
),
credited AS (
    SELECT t.credit_account_id AS account_id, sum(t.amount) AS total, count(*) AS transfers
    FROM books.transfer t
    WHERE t.tenant_id = $1::int
    GROUP BY t.credit_account_id
),
replay AS (
    SELECT account_id, coalesce(d.total, 0) AS debits, coalesce(c.total, 0) AS credits,
        coalesce(d.transfers, 0) + coalesce(c.transfers, 0) AS transfers
    FROM debited d
    FULL JOIN credited c USING (account_id)
),
failing (fact) AS MATERIALIZED (
    SELECT CASE WHEN a.account_id IS NULL
        THEN format('account number %s has transfers and no row', r.account_id)
        ELSE format(
            'account %s (%s-%s): debits %s, credits %s, version %s; replayed %s, %s, %s',
            a.public_id, a.book_code, a.account_code, a.debits_posted, a.credits_posted,
            a.version, coalesce(r.debits, 0), coalesce(r.credits, 0),
            coalesce(r.transfers, 0)) END
    FROM (SELECT x.* FROM books.account x WHERE x.tenant_id = $1::int) a
    FULL JOIN replay r ON r.account_id = a.account_id
    WHERE (a.debits_posted, a.credits_posted, a.version) IS DISTINCT FROM
        (coalesce(r.debits, 0), coalesce(r.credits, 0), coalesce(r.transfers, 0))
    ORDER BY a.account_id
)
SELECT
    (SELECT count(*) FROM books.account a WHERE a.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
