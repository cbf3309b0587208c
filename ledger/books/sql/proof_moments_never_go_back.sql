-- purpose: prove that along an account's versions the posting moment never goes back
-- parameters: tenant
-- result: one row: sides of transfers checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH posting AS (
    SELECT t.debit_account_id AS account_id, t.debit_version AS version, t.entry_id
    FROM books.transfer t
    WHERE t.tenant_id = $1::int
    UNION ALL
    SELECT t.credit_account_id, t.credit_version, t.entry_id
    FROM books.transfer t
    WHERE t.tenant_id = $1::int
),
chained AS (
    SELECT p.account_id, p.version, p.entry_id, e.posted_at,
        lag(e.posted_at) OVER w AS previous, lead(p.version) OVER w AS following
    FROM posting p
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = p.entry_id
    WINDOW w AS (PARTITION BY p.account_id ORDER BY p.version)
)
SELECT
    (SELECT 2 * count(*) FROM books.transfer t WHERE t.tenant_id = $1::int) AS checked,
    ARRAY(
        SELECT CASE WHEN c.posted_at < c.previous
            THEN format('account %s version %s, entry %s: posted at %s, after %s', a.public_id,
                c.version, c.entry_id, c.posted_at, c.previous)
            ELSE format('account %s: last posted at %s, its last transfer at %s', a.public_id,
                a.last_posted_at, c.posted_at) END
        FROM chained c
        JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = c.account_id
        WHERE c.posted_at < c.previous
            OR c.following IS NULL AND a.last_posted_at <> c.posted_at
        LIMIT 20
    ) AS failures;
