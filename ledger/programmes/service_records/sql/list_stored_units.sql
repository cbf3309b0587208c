-- Purpose: what members have stored and what they owe, before something is released to them.
-- Parameters: $1 tenant int; $2 member ids uuid[].
-- Result: member_id, book_code, stored (available and held), owed; smallest units.
-- Locks: none. Errors: none.
SELECT
    holder_id AS member_id,
    book_code,
    coalesce(sum(credits_posted - debits_posted) FILTER (WHERE account_code <> '1201'), 0)::bigint
        AS stored,
    coalesce(sum(debits_posted - credits_posted) FILTER (WHERE account_code = '1201'), 0)::bigint
        AS owed
FROM books.account
WHERE
    tenant_id = $1::int
    AND holder_id = any($2::uuid[])
    AND book_code IN ('TB', 'SP')
    AND account_code IN ('1201', '2101', '2102')
GROUP BY holder_id, book_code
