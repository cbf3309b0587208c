-- purpose: read the 记-numbers of entries
-- parameters: tenant; entry ids
-- result: per number, entry by entry and book by book: entry, book, number
-- locks: none
-- errors: none
SELECT v.entry_id, v.book_code, v.number
FROM books.voucher v
WHERE v.tenant_id = $1::int AND v.entry_id = ANY ($2::uuid[])
ORDER BY v.entry_id, v.book_code COLLATE "C";
