-- purpose: record the second signature of a payment, or that it was declined
-- parameters: tenant, payment, who asked, who decides, verdict, entry that pays (null: declined),
--         reason (null: approved), idempotency key of an approval
-- result: the payment; no row: it was decided before
-- locks: waits for a concurrent decision to end
-- errors: 23514 when both signatures are one person's, 23503 when somebody else had asked
INSERT INTO programmes.trust_payment_decision
    (tenant_id, payment_id, requested_by, decided_by, verdict, entry_id, reason, key,
    decided_at)
VALUES ($1::int, $2::uuid, $3::int, $4::int, $5::text, $6::uuid, $7::text, $8::uuid,
    clock_timestamp())
ON CONFLICT (tenant_id, payment_id) DO NOTHING
RETURNING payment_id;
