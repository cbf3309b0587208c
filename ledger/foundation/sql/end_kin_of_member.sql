-- Purpose: end the kinships of a member who leaves, from either side.
-- Parameters: $1 tenant int; $2 member uuid; $3 day date, or the beginning where that is later;
--   $4 caller int; $5 reason text.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.kinship
SET ends_on = greatest(begins_on, $3::date), ended_by = $4::int, end_reason = $5::text
WHERE
    tenant_id = $1::int
    AND (member_id = $2::uuid OR relative_member_id = $2::uuid)
    AND ends_on IS NULL
