-- purpose: units that a month is to be billed to
-- parameters: tenant, first day of the month
-- result: units whose fees are due by then and that have no bill for the month, or none of which
--         an entry stands; with area in 1/100 m² and the number of the new bill
-- locks: none
-- errors: none
SELECT u.unit_id, u.area_dm2, (
    SELECT count(*) + 1 FROM programmes.trust_fee_bill b
    WHERE b.tenant_id = $1::int AND b.unit_id = u.unit_id AND b.month = $2::date
)::int AS bill_no
FROM programmes.trust_unit u
WHERE u.tenant_id = $1::int
    AND u.billed_from < ($2::date + INTERVAL '1 month')
    AND NOT EXISTS (
        SELECT 1 FROM programmes.trust_fee_bill b
        CROSS JOIN LATERAL (VALUES (b.billed_entry_id), (b.recognised_entry_id)) AS p (entry_id)
        LEFT JOIN books.reversal r ON r.tenant_id = $1::int AND r.reversed_entry_id = p.entry_id
        WHERE b.tenant_id = $1::int AND b.unit_id = u.unit_id AND b.month = $2::date
            AND p.entry_id IS NOT NULL AND r.entry_id IS NULL
    )
ORDER BY u.unit_id;
