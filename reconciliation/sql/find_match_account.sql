-- purpose: which bank account a match belongs to
-- parameters: tenant; match
-- result: the bank account, or none
-- locks: none
-- errors: none
SELECT bank_account_id
FROM reconciliation.match
WHERE tenant_id = $1::int AND match_id = $2::uuid;
