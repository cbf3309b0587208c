-- Purpose: end the guardianships of a member who leaves, as ward and as guardian.
-- Parameters: $1 tenant int; $2 member uuid; $3 day date, or the beginning where that is later;
--   $4 caller int; $5 reason text; $6 the member's person bigint.
-- Result: grant_id of each (null: not confirmed), to be ended with it. Locks: the rows.
--   Errors: none.
UPDATE foundation.guardianship
SET ends_on = greatest(begins_on, $3::date), ended_by = $4::int, end_reason = $5::text
WHERE
    tenant_id = $1::int
    AND (ward_member_id = $2::uuid OR person_id = $6::bigint)
    AND ends_on IS NULL
RETURNING grant_id
