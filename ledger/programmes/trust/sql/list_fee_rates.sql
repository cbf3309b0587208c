-- purpose: every fee rate that was decided
-- parameters: tenant
-- result: valid_from, fen_per_m2 (fen per month and m²), document_no, recorded_at; the latest first
-- locks: none
-- errors: none
SELECT r.valid_from, r.fen_per_m2, r.document_no, r.recorded_at
FROM programmes.trust_fee_rate r
WHERE r.tenant_id = $1::int
ORDER BY r.valid_from DESC;
