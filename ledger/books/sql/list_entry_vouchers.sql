-- purpose: the voucher numbers (记) of one entry
-- parameters: $1 tenant; $2 entry id
-- result: book_code, period (first day of the accounting month), number
-- locks: none
-- errors: none
SELECT
    v.book_code,
    v.period,
    v.number
FROM books.voucher AS v
WHERE v.tenant_id = $1::int AND v.entry_id = $2::uuid
ORDER BY v.book_code
