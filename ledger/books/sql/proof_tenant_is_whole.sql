-- purpose: prove that the tenant, and each account whose number was given out, still has its row
-- parameters: tenant
-- result: one row: rows looked for; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: an account without transfers is missed by no other proof
WITH owner AS (
    SELECT t.public_id, t.last_account_id FROM books.tenant t WHERE t.tenant_id = $1::int
),
failing (fact) AS MATERIALIZED (
    SELECT format('tenant number %s has no row', $1::int)
    FROM books.tenant_counter c
    WHERE c.last_tenant_id >= $1::int AND NOT EXISTS (SELECT 1 FROM owner)
    UNION ALL
    SELECT format('tenant %s: account number %s has no row', o.public_id, n.account_id)
    FROM owner o
    CROSS JOIN LATERAL generate_series(1, o.last_account_id) AS n (account_id)
    LEFT JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = n.account_id
    WHERE a.account_id IS NULL
)
SELECT
    (SELECT coalesce(sum(o.last_account_id + 1), 0) FROM owner o) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
