-- purpose: what was billed for a month
-- parameters: tenant, first day of the month
-- result: units billed, fees, part of them taken from what was paid ahead; fen
-- locks: none
-- errors: none
SELECT count(*) AS units, coalesce(sum(b.amount_fen), 0)::bigint AS amount_fen,
    coalesce(sum(b.from_prepaid_fen), 0)::bigint AS from_prepaid_fen
FROM programmes.trust_fee_bill b
WHERE b.tenant_id = $1::int AND b.month = $2::date;
