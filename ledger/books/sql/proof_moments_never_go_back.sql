-- purpose: prove that along an account's versions the posting moment never goes back
-- parameters: tenant
-- result: one row: sides of transfers checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH chained AS (
    SELECT u.account_id, u.version, e.entry_id, e.posted_at,
        lag(e.posted_at) OVER w AS previous, lead(u.version) OVER w AS following
    FROM books.transfer t
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = t.entry_id
    CROSS JOIN LATERAL (VALUES (t.debit_account_id, t.debit_version),
        (t.credit_account_id, t.credit_version)) AS u (account_id, version)
    WHERE t.tenant_id = $1::int
    WINDOW w AS (PARTITION BY u.account_id ORDER BY u.version)
),
failing (fact) AS MATERIALIZED (
    SELECT CASE WHEN c.posted_at < c.previous
        THEN format('account %s version %s, entry %s: posted at %s, after %s', a.public_id,
            c.version, c.entry_id, c.posted_at, c.previous)
        ELSE format('account %s: last posted at %s, its last transfer at %s', a.public_id,
            a.last_posted_at, c.posted_at) END
    FROM chained c
    JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = c.account_id
    WHERE c.posted_at < c.previous
        OR c.following IS NULL AND a.last_posted_at <> c.posted_at
)
SELECT
    (SELECT 2 * count(*) FROM books.transfer t WHERE t.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
