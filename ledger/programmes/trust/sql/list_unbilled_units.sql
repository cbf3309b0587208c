-- purpose: units that a month is to be billed to
-- parameters: tenant, first day of the month
-- result: units without a bill for the month whose fees are due by then, with area in 1/100 m²
-- locks: none
-- errors: none
SELECT u.unit_id, u.area_dm2
FROM programmes.trust_unit u
WHERE u.tenant_id = $1::int
    AND u.billed_from < ($2::date + INTERVAL '1 month')
    AND NOT EXISTS (
        SELECT 1 FROM programmes.trust_fee_bill b
        WHERE b.tenant_id = $1::int AND b.unit_id = u.unit_id AND b.month = $2::date
    )
ORDER BY u.unit_id;
