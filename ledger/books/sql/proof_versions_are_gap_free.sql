-- purpose: prove that the versions of each account run from 1 without gap or repetition
-- parameters: tenant
-- result: one row: sides of transfers checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH posting AS (
    SELECT t.debit_account_id AS account_id, t.debit_version AS version
    FROM books.transfer t
    WHERE t.tenant_id = $1::int
    UNION ALL
    SELECT t.credit_account_id, t.credit_version
    FROM books.transfer t
    WHERE t.tenant_id = $1::int
),
chained AS (
    SELECT p.account_id, p.version,
        lag(p.version, 1, 0::bigint) OVER (PARTITION BY p.account_id ORDER BY p.version) AS previous
    FROM posting p
),
failing (fact) AS MATERIALIZED (
    SELECT format('account %s: version %s follows %s', a.public_id, c.version, c.previous)
    FROM chained c
    LEFT JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = c.account_id
    WHERE c.version <> c.previous + 1
)
SELECT
    (SELECT 2 * count(*) FROM books.transfer t WHERE t.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
