-- purpose: payments that were asked for and that nobody has decided in time to come
-- parameters: tenant; event (null: any); payee of such an event (null: none)
-- result: id, event, payee, fen, purpose, who asked and when; the newest first
-- locks: none
-- errors: none
SELECT q.payment_id, q.event_code, q.payee_id, q.amount_fen, q.purpose, q.requested_by,
    q.requested_at
FROM programmes.trust_payment_request q
JOIN foundation.approval_request a
    ON a.tenant_id = $1::int AND a.approval_id = q.payment_id
WHERE q.tenant_id = $1::int
    AND ($2::text IS NULL OR (q.event_code = $2::text AND q.payee_id IS NOT DISTINCT FROM $3::uuid))
    AND a.expires_at > clock_timestamp()
    AND NOT EXISTS (
        SELECT FROM foundation.approval_decision d
        WHERE d.tenant_id = $1::int AND d.approval_id = q.payment_id
    )
ORDER BY q.payment_id DESC;
