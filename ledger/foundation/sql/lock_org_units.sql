-- Purpose: let one change of units happen at a time.
-- Parameters: none. Result: none.
-- Locks: org_unit_placement, against other writers. Errors: none.
SELECT foundation.lock_org_units()
