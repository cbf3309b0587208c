-- purpose: what was billed for a month and not reversed
-- parameters: tenant, first day of the month
-- result: units billed, fees, part of them taken from what was paid ahead; fen
-- locks: none
-- errors: none
SELECT count(DISTINCT b.unit_id) AS units, coalesce(sum(p.fen), 0)::bigint AS amount_fen,
    coalesce(sum(p.fen) FILTER (WHERE p.was_ahead), 0)::bigint AS from_prepaid_fen
FROM programmes.trust_fee_bill b
CROSS JOIN LATERAL (VALUES
    (b.billed_entry_id, b.amount_fen - b.from_prepaid_fen, FALSE),
    (b.recognised_entry_id, b.from_prepaid_fen, TRUE)
) AS p (entry_id, fen, was_ahead)
LEFT JOIN books.reversal r ON r.tenant_id = $1::int AND r.reversed_entry_id = p.entry_id
WHERE b.tenant_id = $1::int AND b.month = $2::date
    AND p.entry_id IS NOT NULL AND r.entry_id IS NULL;
