-- purpose: find what an event paid last to a payee
-- parameters: tenant; event; payee (null: none)
-- result: at most one payment: id, fen, purpose, when it was approved
-- locks: none
-- errors: none
SELECT q.payment_id, q.amount_fen, q.purpose, d.decided_at
FROM programmes.trust_payment_request q
JOIN programmes.trust_payment_decision d
    ON d.tenant_id = $1::int AND d.payment_id = q.payment_id AND d.verdict = 'approved'
WHERE q.tenant_id = $1::int AND q.event_code = $2::text
    AND q.payee_id IS NOT DISTINCT FROM $3::uuid
ORDER BY d.decided_at DESC
LIMIT 1;
