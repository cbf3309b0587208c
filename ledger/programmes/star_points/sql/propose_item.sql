-- Purpose: write down a proposed item.
-- Parameters: $1 tenant int; $2 claim uuid; $3 branch uuid; $4 member uuid; $5 unit of the item
--   uuid; $6 item code; $7 item's valid_from date; $8 kind; $9 times int; $10 score int (1/100
--   point); $11 happened_on date; $12 month date; $13 evidence; $14 caller int; $15 proposed_at.
-- Result: none. Locks: none. Errors: none.
INSERT INTO programmes.star_claim (
    tenant_id, claim_id, branch_id, member_id, item_org_unit_id, item_code, item_valid_from, kind,
    times, score, happened_on, month, evidence, proposed_by, proposed_at, status
)
VALUES (
    $1::int, $2::uuid, $3::uuid, $4::uuid, $5::uuid, $6::text, $7::date, $8::text, $9::int,
    $10::int, $11::date, $12::date, $13::text, $14::int, $15::timestamptz, 'proposed'
)
