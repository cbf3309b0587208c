-- purpose: prove that the expiry buckets of an account add up to its balance
-- parameters: tenant
-- result: one row: accounts checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH bucketed AS (
    SELECT b.account_id, sum(b.balance) AS total
    FROM books.expiry_bucket b
    WHERE b.tenant_id = $1::int
    GROUP BY b.account_id
),
failing (fact) AS MATERIALIZED (
    SELECT format('account %s (%s-%s): buckets hold %s, balance %s', a.public_id, a.book_code,
        a.account_code, coalesce(b.total, 0),
        (a.debits_posted - a.credits_posted) * a.normal_side)
    FROM books.account a
    LEFT JOIN bucketed b ON b.account_id = a.account_id
    WHERE a.tenant_id = $1::int
        AND CASE WHEN a.tracks_expiry
            THEN (a.debits_posted - a.credits_posted) * a.normal_side <> coalesce(b.total, 0)
            ELSE b.account_id IS NOT NULL END
    ORDER BY a.account_id
)
SELECT
    (SELECT count(*) FROM books.account a WHERE a.tenant_id = $1::int AND a.tracks_expiry)
        AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
