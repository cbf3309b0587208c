-- purpose: payments with their signatures
-- parameters: tenant; one payment (null: all); status (null: any); payment after which the page
--         begins (null: from the newest); page size
-- result: payments, the newest first, each with the entry that reversed it
-- locks: none
-- errors: none
SELECT q.payment_id, q.event_code, q.payee_id, q.bank_account_id, q.amount_fen, q.purpose,
    q.requested_by, q.requested_at, s.status, coalesce(d.decided_by, w.decided_by) AS decided_by,
    coalesce(d.decided_at, w.decided_at) AS decided_at, d.entry_id,
    coalesce(d.reason, w.reason) AS reason, d.key AS decision_key, v.entry_id AS reversed_by
FROM programmes.trust_payment_request q
LEFT JOIN programmes.trust_payment_decision d
    ON d.tenant_id = $1::int AND d.payment_id = q.payment_id
LEFT JOIN books.reversal v ON v.tenant_id = $1::int AND v.reversed_entry_id = d.entry_id
LEFT JOIN foundation.approval_decision w
    ON w.tenant_id = $1::int AND w.approval_id = q.payment_id
LEFT JOIN foundation.approval_request a
    ON a.tenant_id = $1::int AND a.approval_id = q.payment_id
CROSS JOIN LATERAL (
    SELECT coalesce(d.verdict, w.verdict,
        CASE WHEN a.expires_at <= clock_timestamp() THEN 'expired' ELSE 'requested' END) AS status
) AS s
WHERE q.tenant_id = $1::int
    AND ($2::uuid IS NULL OR q.payment_id = $2::uuid)
    AND ($3::text IS NULL OR s.status = $3::text)
    AND ($4::uuid IS NULL OR q.payment_id < $4::uuid)
ORDER BY q.payment_id DESC
LIMIT $5::int;
