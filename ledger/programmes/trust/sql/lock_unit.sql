-- purpose: lock a unit, so that its receipts and bills are serial
-- parameters: tenant, unit
-- result: its label, as 3-2-501; no row: not a unit of this estate
-- locks: the unit
-- errors: none
SELECT concat_ws('-', u.building, nullif(u.unit, ''), u.room) AS label
FROM programmes.trust_unit u
WHERE u.tenant_id = $1::int AND u.unit_id = $2::uuid
FOR NO KEY UPDATE OF u;
