-- purpose: the bills of a month, or of a unit
-- parameters: tenant; month (null: all); unit (null: all); month, unit and number of the bill
--         before the page (null: from the first); page size
-- result: unit_id, month, bill_no, amount_fen, from_prepaid_fen, what of the amount was reversed,
--         billed_entry_id, recognised_entry_id, billed_at; the latest month first, then by unit
-- locks: none
-- errors: none
SELECT b.unit_id, b.month, b.bill_no, b.amount_fen, b.from_prepaid_fen,
    (CASE WHEN billed.entry_id IS NULL THEN 0 ELSE b.amount_fen - b.from_prepaid_fen END
        + CASE WHEN recognised.entry_id IS NULL THEN 0 ELSE b.from_prepaid_fen END)
        AS reversed_fen,
    b.billed_entry_id, b.recognised_entry_id, b.billed_at
FROM programmes.trust_fee_bill b
LEFT JOIN books.reversal billed ON billed.tenant_id = $1::int
    AND billed.reversed_entry_id = b.billed_entry_id
LEFT JOIN books.reversal recognised ON recognised.tenant_id = $1::int
    AND recognised.reversed_entry_id = b.recognised_entry_id
WHERE b.tenant_id = $1::int
    AND ($2::date IS NULL OR b.month = $2::date)
    AND ($3::uuid IS NULL OR b.unit_id = $3::uuid)
    AND ($4::date IS NULL OR b.month < $4::date
        OR (b.month = $4::date AND (b.unit_id, b.bill_no) > ($5::uuid, $6::int)))
ORDER BY b.month DESC, b.unit_id, b.bill_no
LIMIT $7::int;
