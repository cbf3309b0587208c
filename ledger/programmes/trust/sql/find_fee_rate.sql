-- purpose: the fee rate in force on a day
-- parameters: tenant, day
-- result: first day and fen per m² and month; no row: none yet
-- locks: none
-- errors: none
SELECT r.valid_from, r.fen_per_m2
FROM programmes.trust_fee_rate r
WHERE r.tenant_id = $1::int AND r.valid_from <= $2::date
ORDER BY r.valid_from DESC
LIMIT 1;
