-- purpose: what a list says of entries: voucher number, amount, memo
-- parameters: tenant; entries; for each the book that is meant (null: that of its first line)
-- result: entry, book that was meant, book, month of the voucher number, number (both null: none),
--         sum of its debits in that book, smallest units, memo
-- locks: none
-- errors: none
SELECT w.entry_id, w.book_code AS meant, b.book_code, v.period, v.number, sums.amount, m.memo
FROM unnest($2::uuid[], $3::text[]) AS w (entry_id, book_code)
CROSS JOIN LATERAL (
    SELECT a.book_code
    FROM books.transfer t
    JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = t.debit_account_id
    WHERE t.tenant_id = $1::int AND t.entry_id = w.entry_id
        AND (w.book_code IS NULL OR a.book_code = w.book_code)
    ORDER BY t.line_no
    LIMIT 1
) AS b
CROSS JOIN LATERAL (
    SELECT sum(t.amount)::bigint AS amount
    FROM books.transfer t
    JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = t.debit_account_id
    WHERE t.tenant_id = $1::int AND t.entry_id = w.entry_id AND a.book_code = b.book_code
) AS sums
LEFT JOIN books.voucher v
    ON v.tenant_id = $1::int AND v.entry_id = w.entry_id AND v.book_code = b.book_code
LEFT JOIN books.entry_memo m ON m.tenant_id = $1::int AND m.entry_id = w.entry_id;
