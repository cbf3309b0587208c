-- purpose: entries by voucher number
-- parameters: tenant; number; books; first days of the months looked at
-- result: entry, accounting date, event, book; the latest first
-- locks: none
-- errors: none
-- why: all four columns of the key are given, so each look-up is a probe of the index
SELECT e.entry_id, e.booked_on, e.event_code, v.book_code
FROM books.voucher v
JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = v.entry_id
WHERE v.tenant_id = $1::int AND v.book_code = ANY ($3::text[]) AND v.period = ANY ($4::date[])
    AND v.number = $2::int
ORDER BY e.booked_on DESC, e.entry_id DESC;
