-- purpose: books whose month is not closed
-- parameters: tenant; first day of the month
-- result: book, in order of its code
-- locks: none
-- errors: none
SELECT b.book_code
FROM books.book b
WHERE b.tenant_id = $1::int AND b.first_period <= $2::date AND NOT EXISTS (
    SELECT FROM books.period p
    WHERE p.tenant_id = $1::int AND p.book_code = b.book_code AND p.month = $2::date
        AND p.status = 'closed')
ORDER BY b.book_code;
