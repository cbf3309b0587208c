-- Purpose: an item of a unit's table as it is scored from a day on.
-- Parameters: $1 org_unit uuid; $2 code; $3 valid_from date; $4 name; $5 kind; $6 unit score,
--   $7 month cap, $8 quarter cap, $9 year cap (1/100 point, int or null); $10 evidence;
--   $11 is_ended boolean.
-- Result: none. Locks: none.
-- Errors: 23505 the item is set from that day already (scoring_item_pkey).
INSERT INTO programmes.scoring_item (
    org_unit_id, item_code, valid_from, name, kind, unit_score, month_cap, quarter_cap, year_cap,
    evidence, is_ended
)
VALUES (
    $1::uuid, $2::text, $3::date, $4::text, $5::text, $6::int, $7::int, $8::int, $9::int,
    $10::text, $11::boolean
)
