-- purpose: how many transfers an account has
-- parameters: tenant, account
-- result: its version
-- locks: none
-- errors: none
SELECT a.version FROM books.account a WHERE a.tenant_id = $1::int AND a.account_id = $2::int;
