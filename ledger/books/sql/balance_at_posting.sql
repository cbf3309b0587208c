-- purpose: balance as of a posting moment
-- parameters: tenant, account, moment
-- result: version and balance on the account's normal side
-- locks: none
-- errors: none
-- why: the transfer of that version stores the balance after it
SELECT v.version, coalesce((
    SELECT t.debit_balance FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.debit_account_id = $2::int AND t.debit_version = v.version
), (
    SELECT t.credit_balance FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.credit_account_id = $2::int AND t.credit_version = v.version
), 0) AS balance
FROM (SELECT books.version_at($1::int, $2::int, $3::timestamptz) AS version) v;
