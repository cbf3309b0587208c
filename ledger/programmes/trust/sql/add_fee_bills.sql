-- purpose: keep what was billed for a month
-- parameters: tenant, first day of the month; per bill: unit, its number, amount, part paid ahead
--         (fen), entry TR01 and entry TR04 (null: that part is nothing); who billed
-- result: none
-- locks: none beyond the new rows
-- errors: 23505 when a unit has a bill of that number for the month
INSERT INTO programmes.trust_fee_bill (tenant_id, unit_id, month, bill_no, amount_fen,
    from_prepaid_fen, billed_entry_id, recognised_entry_id, caller_id, billed_at)
SELECT $1::int, u.unit_id, $2::date, u.bill_no, u.amount_fen, u.from_prepaid_fen,
    u.billed_entry_id, u.recognised_entry_id, $9::int, clock_timestamp()
FROM unnest($3::uuid[], $4::int[], $5::bigint[], $6::bigint[], $7::uuid[], $8::uuid[])
    AS u (unit_id, bill_no, amount_fen, from_prepaid_fen, billed_entry_id, recognised_entry_id);
