-- Purpose: the unit that stands on a day where another one stood.
-- Parameters: $1 org_unit_id uuid; $2 day date.
-- Result: org_unit_id; one row. Locks: none. Errors: none.
SELECT foundation.org_unit_in_force($1::uuid, $2::date)
