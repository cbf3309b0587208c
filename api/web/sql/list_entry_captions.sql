-- purpose: what entries are called in a list: event, accounting date, memo, voucher number
-- parameters: $1 tenant; $2 entry ids; $3 book whose voucher number is wanted
-- result: a row per entry found; memo and number may be null
-- locks: none
-- errors: none
SELECT
    e.entry_id,
    e.event_code,
    e.booked_on,
    m.memo,
    v.number
FROM books.entry AS e
LEFT JOIN books.entry_memo AS m ON e.tenant_id = m.tenant_id AND e.entry_id = m.entry_id
LEFT JOIN books.voucher AS v
    ON e.tenant_id = v.tenant_id AND e.entry_id = v.entry_id AND v.book_code = $3::text
WHERE e.tenant_id = $1::int AND e.entry_id = ANY ($2::uuid[])
