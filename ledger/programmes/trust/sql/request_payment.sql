-- purpose: ask for a payment
-- parameters: tenant, id, event, payee (null: none), bank account, fen, purpose, key, who asks
-- result: its id; no row: this person used the key before
-- locks: none beyond the new row
-- errors: none
INSERT INTO programmes.trust_payment_request (tenant_id, payment_id, event_code, payee_id,
    bank_account_id, amount_fen, purpose, key, requested_by, requested_at)
VALUES ($1::int, $2::uuid, $3::text, $4::uuid, $5::uuid, $6::bigint, $7::text, $8::uuid,
    $9::int, clock_timestamp())
ON CONFLICT (tenant_id, requested_by, key) DO NOTHING
RETURNING payment_id;
