-- purpose: what was booked into months after they were closed, because they had been reopened
-- parameters: tenant; account of the books; last accounting date
-- result: entries that move the account, the moment of the last one (null: none)
-- locks: none
-- errors: none
WITH reopened AS (
    SELECT c.month, min(c.changed_at) AS since
    FROM books.period_change c
    WHERE c.tenant_id = $1::int AND c.book_code = 'TR' AND c.action = 'reopen'
        AND c.month <= $3::date
    GROUP BY c.month
)

SELECT count(*)::int AS entries, max(e.posted_at) AS last_at
FROM reopened r
JOIN books.entry e ON e.tenant_id = $1::int AND e.booked_on >= r.month
    AND e.booked_on < r.month + INTERVAL '1 month' AND e.booked_on <= $3::date
    AND e.posted_at >= r.since
WHERE EXISTS (
    SELECT 1 FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.entry_id = e.entry_id
        AND $2::int IN (t.debit_account_id, t.credit_account_id)
);
