-- purpose: what a conversion of minutes into points moved
-- parameters: $1 tenant int; $2 entry uuid
-- result: minutes, points (1/100), expires_on of the points (infinity: never)
-- locks: none
-- errors: none
-- why: minutes may leave several buckets, points arrive in one
SELECT
    sum(t.amount) FILTER (WHERE d.book_code = 'TB')::bigint AS minutes,
    sum(t.amount) FILTER (WHERE d.book_code = 'SP')::bigint AS points,
    max(t.expires_on) FILTER (WHERE d.book_code = 'SP') AS expires_on
FROM books.transfer AS t
INNER JOIN books.account AS d ON d.tenant_id = $1::int AND t.debit_account_id = d.account_id
WHERE t.tenant_id = $1::int AND t.entry_id = $2::uuid
