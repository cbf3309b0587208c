-- purpose: what a merchant took and gave back on a day
-- parameters: tenant, merchant, day in Shanghai
-- result: captures; 1/100 points captured; their value and what is payable for them, fen; then the
--         same of refunds
-- locks: none
-- errors: none
SELECT
    t.captures,
    t.points,
    t.value_fen,
    t.payable_fen,
    r.refunds,
    r.points AS refunded_points,
    r.value_fen AS refunded_value_fen,
    r.payable_fen AS refunded_payable_fen
FROM (
    SELECT
        count(*) AS captures,
        coalesce(sum(c.points), 0)::bigint AS points,
        coalesce(sum(c.value_fen), 0)::bigint AS value_fen,
        coalesce(sum(c.payable_fen), 0)::bigint AS payable_fen
    FROM programmes.redemption_capture AS c
    WHERE c.tenant_id = $1::int AND c.merchant_id = $2::uuid AND c.business_day = $3::date
) AS t
CROSS JOIN (
    SELECT
        count(*) AS refunds,
        coalesce(sum(f.points), 0)::bigint AS points,
        coalesce(sum(f.value_fen), 0)::bigint AS value_fen,
        coalesce(sum(f.payable_fen), 0)::bigint AS payable_fen
    FROM programmes.redemption_refund AS f
    WHERE f.tenant_id = $1::int AND f.merchant_id = $2::uuid AND f.business_day = $3::date
) AS r;
