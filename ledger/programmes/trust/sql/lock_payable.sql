-- purpose: let one person at a time ask for payments out of an account
-- parameters: tenant, the account's public id
-- result: one row
-- locks: the asking for payments of this account, until the transaction ends; no entry waits for it
-- errors: none
SELECT pg_advisory_xact_lock(hashtextextended('payment ' || $2::uuid, $1::int));
