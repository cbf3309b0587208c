-- purpose: prove that an account is open, frozen or closed because somebody on record made it so
-- parameters: tenant
-- result: one row: accounts checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH latest AS (
    SELECT DISTINCT ON (x.account_id) x.account_id, x.status
    FROM books.account_change x
    WHERE x.tenant_id = $1::int
    ORDER BY x.account_id, x.changed_at DESC, x.change_id DESC
),
failing (fact) AS MATERIALIZED (
    SELECT format('account %s: status %s, on record %s', a.public_id, a.status,
        coalesce(l.status, 0))
    FROM books.account a
    LEFT JOIN latest l ON l.account_id = a.account_id
    WHERE a.tenant_id = $1::int AND a.status <> coalesce(l.status, 0)
    ORDER BY a.account_id
)
SELECT
    (SELECT count(*) FROM books.account a WHERE a.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
