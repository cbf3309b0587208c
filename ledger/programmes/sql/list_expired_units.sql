-- purpose: find members' units whose last day of use is over
-- parameters: tenant; books; first day on which they are expired; how many at the most
-- result: per account and date: holder, book, units left, version of the account; oldest first
-- locks: none; posting locks the accounts and finds less when somebody was quicker
-- errors: none
SELECT a.holder_id, a.book_code, a.version, x.expires_on, x.balance
FROM books.expiry_bucket x
JOIN books.account a ON a.tenant_id = x.tenant_id AND a.account_id = x.account_id
WHERE x.tenant_id = $1::int AND a.book_code = ANY ($2::text[]) AND a.account_code = '2101'
    AND a.status = 0 AND x.expires_on < $3::date AND x.balance > 0
ORDER BY x.expires_on, x.account_id
LIMIT $4::int;
