-- Purpose: take back what is set down for a unit from a day to come.
-- Parameters: as foundation.withdraw_org_unit_change.
-- Result: null, or the code of the refusal. Locks: org_unit_placement. Errors: none.
SELECT foundation.withdraw_org_unit_change($1::uuid, $2::date)
