-- purpose: the numbers of a tenant's bank accounts that are kept, sealed
-- parameters: tenant
-- result: bank_account_id, account_no_sealed
-- locks: none
-- errors: none
SELECT a.bank_account_id, a.account_no_sealed
FROM reconciliation.bank_account a
WHERE a.tenant_id = $1::int AND a.account_no_sealed IS NOT NULL
ORDER BY a.bank_account_id;
