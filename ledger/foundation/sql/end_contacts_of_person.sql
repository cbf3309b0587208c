-- Purpose: let a person who leaves speak for no partner any longer.
-- Parameters: $1 tenant int; $2 person bigint; $3 day date, or the beginning where that is later;
--   $4 caller int.
-- Result: grant_id of each, to be ended with it. Locks: the rows. Errors: none.
UPDATE foundation.partner_contact
SET ends_on = greatest(begins_on, $3::date), ended_by = $4::int
WHERE tenant_id = $1::int AND person_id = $2::bigint AND ends_on IS NULL
RETURNING grant_id
