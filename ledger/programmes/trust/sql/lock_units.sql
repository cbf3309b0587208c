-- purpose: lock every unit, so that billing runs and receipts are serial
-- parameters: tenant
-- result: how many units there are
-- locks: the units, in id order
-- errors: none
-- why: who waited here must look afterwards, in a statement of its own, for what is not billed
SELECT count(*) AS units
FROM (
    SELECT u.unit_id
    FROM programmes.trust_unit u
    WHERE u.tenant_id = $1::int
    ORDER BY u.unit_id
    FOR NO KEY UPDATE OF u
) x;
