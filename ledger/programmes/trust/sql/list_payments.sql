-- purpose: payments with their signatures
-- parameters: tenant; one payment (null: all); status (null: any); payment after which the page
--         begins (null: from the newest); page size
-- result: payments, the newest first
-- locks: none
-- errors: none
SELECT q.payment_id, q.event_code, q.payee_id, q.bank_account_id, q.amount_fen, q.purpose,
    q.requested_by, q.requested_at, coalesce(d.verdict, 'requested') AS status, d.decided_by,
    d.decided_at, d.entry_id, d.reason, d.key AS decision_key
FROM programmes.trust_payment_request q
LEFT JOIN programmes.trust_payment_decision d
    ON d.tenant_id = $1::int AND d.payment_id = q.payment_id
WHERE q.tenant_id = $1::int
    AND ($2::uuid IS NULL OR q.payment_id = $2::uuid)
    AND ($3::text IS NULL OR coalesce(d.verdict, 'requested') = $3::text)
    AND ($4::uuid IS NULL OR q.payment_id < $4::uuid)
ORDER BY q.payment_id DESC
LIMIT $5::int;
