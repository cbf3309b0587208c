-- purpose: the books of a tenant that have a month, and whether that month is closed; a book that
--          nothing was ever posted in has nothing to close and is not among them
-- parameters: $1 tenant int; $2 first day of the month
-- result: book_code, is_closed
-- locks: none
-- errors: none
SELECT
    b.book_code,
    EXISTS (
        SELECT 1 FROM books.period AS p
        WHERE p.tenant_id = $1::int AND p.book_code = b.book_code AND p.month = $2::date
            AND p.status = 'closed'
    ) AS is_closed
FROM books.book AS b
WHERE b.tenant_id = $1::int AND b.first_period <= $2::date
    AND EXISTS (
        SELECT 1 FROM books.account AS a
        WHERE a.tenant_id = $1::int AND a.book_code = b.book_code AND a.version > 0
    )
ORDER BY b.book_code
