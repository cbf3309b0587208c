-- purpose: every version of a merchant's contract
-- parameters: tenant, merchant
-- result: versions, the oldest first
-- locks: none
-- errors: none
SELECT
    k.merchant_id,
    k.valid_from,
    k.status,
    k.fen_per_100_points,
    k.discount_share_bp,
    k.refunds_allowed,
    k.recorded_at
FROM programmes.merchant_contract AS k
WHERE k.tenant_id = $1::int AND k.merchant_id = $2::uuid
ORDER BY k.valid_from;
