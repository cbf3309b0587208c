-- purpose: what of an account expires when
-- parameters: tenant, account
-- result: per date: units left; infinity: never
-- locks: none
-- errors: none
SELECT x.expires_on, x.balance
FROM books.expiry_bucket x
WHERE x.tenant_id = $1::int AND x.account_id = $2::int AND x.balance > 0
ORDER BY x.expires_on;
