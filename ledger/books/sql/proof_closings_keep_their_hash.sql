-- purpose: prove that the hash of each closed month is that of its balances and the month before
-- parameters: tenant
-- result: one row: closed months checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH hashed AS (
    SELECT p.book_code, p.month, p.snapshot_hash,
        sha256(coalesce(q.snapshot_hash, '') || convert_to(coalesce(string_agg(
            a.public_id || ':' || b.debits_posted || ':' || b.credits_posted, ';'
            ORDER BY a.account_id), ''), 'UTF8')) AS recomputed
    FROM books.period p
    LEFT JOIN books.period q
        ON q.tenant_id = $1::int AND q.book_code = p.book_code
        AND q.month = (p.month - interval '1 month')::date
    LEFT JOIN books.period_balance b
        ON b.tenant_id = $1::int AND b.book_code = p.book_code AND b.month = p.month
    LEFT JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = b.account_id
    WHERE p.tenant_id = $1::int AND p.status = 'closed'
    GROUP BY p.book_code, p.month, p.snapshot_hash, q.snapshot_hash
),
recorded AS (
    SELECT DISTINCT ON (x.book_code, x.month) x.book_code, x.month, x.snapshot_hash
    FROM books.period_change x
    WHERE x.tenant_id = $1::int AND x.action = 'close'
    ORDER BY x.book_code, x.month, x.changed_at DESC, x.change_id DESC
),
failing (fact) AS MATERIALIZED (
    SELECT format('%s %s: hash %s, recomputed %s, on record %s', h.book_code, h.month,
        encode(h.snapshot_hash, 'hex'), encode(h.recomputed, 'hex'),
        encode(r.snapshot_hash, 'hex'))
    FROM hashed h
    LEFT JOIN recorded r ON r.book_code = h.book_code AND r.month = h.month
    WHERE h.snapshot_hash IS DISTINCT FROM h.recomputed
        OR h.snapshot_hash IS DISTINCT FROM r.snapshot_hash
    ORDER BY h.book_code, h.month
)
SELECT
    (SELECT count(*) FROM hashed) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
