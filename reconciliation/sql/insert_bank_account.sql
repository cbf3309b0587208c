-- purpose: register a bank account, once for its number
-- parameters: tenant; bank account id; bank; 户名; blind index of the number; its last four
--         characters; ledger account id; first day compared or null; caller; moment;
--         the number sealed; id of the secret
-- result: rows inserted, 0 when the number is registered already
-- locks: none beyond the row
-- errors: 23505 ledger_account_has_one_bank_account
INSERT INTO reconciliation.bank_account (
    tenant_id, bank_account_id, bank, account_name, account_no_digest, account_no_last4,
    ledger_account_id, reconciled_from, caller_id, registered_at,
    account_no_sealed, key_id
)
VALUES (
    $1::int, $2::uuid, $3::text, $4::text, $5::bytea, $6::text, $7::int, $8::date, $9::int,
    $10::timestamptz, $11::bytea, $12::bytea
)
ON CONFLICT ON CONSTRAINT bank_account_number_is_unique DO NOTHING;
