-- purpose: the months of a tenant's books between two days, each with how far its book is closed
-- parameters: tenant; first day of the earliest month; first day of the latest
-- result: book, month, status (open when nothing happened yet), when it changed, hash of its
--         balances, until when it is reopened, the book's first month, its last closed month
-- locks: none
-- errors: none
SELECT b.book_code, m.month::date AS month, coalesce(p.status, 'open') AS status, p.changed_at,
    p.snapshot_hash, p.reopened_until, b.first_period, c.last_closed
FROM books.book b
CROSS JOIN LATERAL (
    SELECT max(q.month) AS last_closed FROM books.period q
    WHERE q.tenant_id = b.tenant_id AND q.book_code = b.book_code AND q.status = 'closed') c
CROSS JOIN LATERAL generate_series(
    greatest(b.first_period, $2::date)::timestamp, $3::timestamp, interval '1 month') m (month)
LEFT JOIN books.period p
    ON p.tenant_id = b.tenant_id AND p.book_code = b.book_code AND p.month = m.month::date
WHERE b.tenant_id = $1::int
ORDER BY m.month DESC, b.book_code;
