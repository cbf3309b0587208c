-- Purpose: accounts of a member that are not at zero.
-- Parameters: $1 tenant int; $2 member_id uuid.
-- Result: book_code, account_code, balance in the smallest unit of the book, on its normal side.
-- Locks: none. Errors: none.
SELECT
    a.book_code, a.account_code,
    (a.debits_posted - a.credits_posted) * a.normal_side AS balance
FROM books.account AS a
WHERE
    a.tenant_id = $1::int AND a.holder_id = $2::uuid AND a.debits_posted <> a.credits_posted
ORDER BY a.book_code, a.account_code
