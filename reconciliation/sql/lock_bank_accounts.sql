-- purpose: make imports into accounts, and runs over them, serial
-- parameters: tenant; bank account ids
-- result: the ids that exist
-- locks: the account rows, in order of id, until the transaction ends
-- errors: none
SELECT bank_account_id
FROM reconciliation.bank_account
WHERE tenant_id = $1::int AND bank_account_id = ANY ($2::uuid[])
ORDER BY bank_account_id
FOR NO KEY UPDATE;
