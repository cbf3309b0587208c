-- purpose: put a bank account's number under another secret
-- parameters: tenant; bank account id; blind index of the number; the number sealed; id of the
--         secret
-- result: none
-- locks: the row
-- errors: none
UPDATE reconciliation.bank_account
SET account_no_digest = $3::bytea, account_no_sealed = $4::bytea, key_id = $5::bytea
WHERE tenant_id = $1::int AND bank_account_id = $2::uuid;
