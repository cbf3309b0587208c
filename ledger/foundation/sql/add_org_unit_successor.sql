-- Purpose: write down what a dissolved unit became.
-- Parameters: $1 org_unit_id uuid; $2 successor uuid; $3 valid_from date; $4 is_main boolean;
--   $5 caller int.
-- Result: none. Locks: none.
-- Errors: 23505 a second main successor (org_unit_has_one_main_successor).
INSERT INTO foundation.org_unit_successor (
    org_unit_id, successor_id, valid_from, is_main, decided_by
)
VALUES ($1::uuid, $2::uuid, $3::date, $4::boolean, $5::int)
