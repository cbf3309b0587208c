-- Purpose: what members can still use of their star points, and what they carry of deductions.
-- Parameters: $1 tenant int; $2 member ids uuid[]; $3 today date.
-- Result: member_id, usable, carried (1/100 point).
-- Locks: none. Errors: none.
SELECT
    a.holder_id AS member_id,
    coalesce(sum(b.balance) FILTER (
        WHERE a.account_code = '2101' AND b.expires_on >= $3::date
    ), 0)::bigint AS usable,
    coalesce(max(a.debits_posted - a.credits_posted) FILTER (
        WHERE a.account_code = '1201'
    ), 0)::bigint AS carried
FROM books.account AS a
LEFT JOIN books.expiry_bucket AS b ON b.tenant_id = $1::int AND a.account_id = b.account_id
WHERE
    a.tenant_id = $1::int
    AND a.book_code = 'ST'
    AND a.account_code IN ('1201', '2101')
    AND a.holder_id = any($2::uuid[])
GROUP BY a.holder_id
