-- purpose: prove that each expiry bucket is what the transfers of its date add up to
-- parameters: tenant
-- result: one row: buckets checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH replay AS (
    SELECT p.account_id, p.expires_on, sum(p.given) AS balance
    FROM (
        SELECT t.credit_account_id AS account_id, t.expires_on, t.amount AS given
        FROM books.transfer t
        WHERE t.tenant_id = $1::int
        UNION ALL
        SELECT t.debit_account_id, t.expires_on, -t.amount
        FROM books.transfer t
        WHERE t.tenant_id = $1::int
    ) p
    JOIN books.account a
        ON a.tenant_id = $1::int AND a.account_id = p.account_id AND a.tracks_expiry
    GROUP BY p.account_id, p.expires_on
),
bucket AS (
    SELECT b.account_id, b.expires_on, b.balance
    FROM books.expiry_bucket b
    WHERE b.tenant_id = $1::int
),
failing (fact) AS MATERIALIZED (
    SELECT format('account %s, units that expire on %s: bucket holds %s; replayed %s',
        a.public_id, u.expires_on, u.stored, u.replayed)
    FROM (
        SELECT account_id, expires_on, coalesce(b.balance, 0) AS stored,
            coalesce(r.balance, 0) AS replayed
        FROM bucket b
        FULL JOIN replay r USING (account_id, expires_on)
    ) u
    LEFT JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = u.account_id
    WHERE u.stored <> u.replayed
    ORDER BY a.account_id, u.expires_on
)
SELECT
    (SELECT count(*) FROM bucket) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
