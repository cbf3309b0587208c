-- purpose: entries with a transfer of exactly this amount
-- parameters: tenant; books; amount, smallest units; first and last accounting date; limit
-- result: entry, accounting date, event, book; the latest first
-- locks: none
-- errors: none
-- why: there is no index on amounts, which would cost every posting; the dates bound what is read,
--         day by day backwards until there is enough. OFFSET 0 keeps the planner from reading the
--         transfers of all times and tenants instead
SELECT DISTINCT e.entry_id, e.booked_on, e.event_code, a.book_code
FROM books.entry e
CROSS JOIN LATERAL (
    SELECT t.debit_account_id
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.entry_id = e.entry_id AND t.amount = $3::bigint
    OFFSET 0
) moved
JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = moved.debit_account_id
WHERE e.tenant_id = $1::int AND e.booked_on BETWEEN $4::date AND $5::date
    AND a.book_code = ANY ($2::text[])
ORDER BY e.booked_on DESC, e.entry_id DESC
LIMIT $6::int;
