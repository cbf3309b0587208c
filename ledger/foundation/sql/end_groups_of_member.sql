-- Purpose: let a member who leaves belong to no team any longer.
-- Parameters: $1 tenant int; $2 member uuid; $3 day date, or the beginning where that is later;
--   $4 caller int.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.group_member
SET ends_on = greatest(begins_on, $3::date), ended_by = $4::int
WHERE tenant_id = $1::int AND member_id = $2::uuid AND ends_on IS NULL
