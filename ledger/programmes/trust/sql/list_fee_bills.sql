-- purpose: the bills of a month, or of a unit
-- parameters: tenant; month (null: all); unit (null: all); month and unit of the bill before the
--         page (null: from the first); page size
-- result: unit_id, month, amount_fen, from_prepaid_fen, billed_entry_id, recognised_entry_id,
--         billed_at; the latest month first, then by unit
-- locks: none
-- errors: none
SELECT b.unit_id, b.month, b.amount_fen, b.from_prepaid_fen, b.billed_entry_id,
    b.recognised_entry_id, b.billed_at
FROM programmes.trust_fee_bill b
WHERE b.tenant_id = $1::int
    AND ($2::date IS NULL OR b.month = $2::date)
    AND ($3::uuid IS NULL OR b.unit_id = $3::uuid)
    AND ($4::date IS NULL OR b.month < $4::date OR (b.month = $4::date AND b.unit_id > $5::uuid))
ORDER BY b.month DESC, b.unit_id
LIMIT $6::int;
