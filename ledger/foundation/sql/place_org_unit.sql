-- Purpose: name and place of a unit from a day on.
-- Parameters: $1 org_unit_id uuid; $2 valid_from date; $3 name; $4 parent uuid or null;
--   $5 dissolved boolean.
-- Result: none. Locks: none.
-- Errors: 23505 the unit is placed on that day already (org_unit_placement_pkey).
INSERT INTO foundation.org_unit_placement (org_unit_id, valid_from, name, parent_id, dissolved)
VALUES ($1::uuid, $2::date, $3::text, $4::uuid, $5::boolean)
