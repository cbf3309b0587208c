-- purpose: what of several accounts expires when
-- parameters: tenant, accounts
-- result: per account and date: units left; infinity: never
-- locks: none
-- errors: none
SELECT x.account_id, x.expires_on, x.balance
FROM books.expiry_bucket x
WHERE x.tenant_id = $1::int AND x.account_id = ANY ($2::int[]) AND x.balance > 0
ORDER BY x.account_id, x.expires_on;
