-- Purpose: let a member live in a household no longer, from a day on.
-- Parameters: $1 tenant int; $2 household uuid; $3 member uuid; $4 ends_on date; $5 caller int.
-- Result: begins_on; no row when the member does not live there.
-- Locks: the row. Errors: 23514 before it began (household_membership_ends_after_it_began).
UPDATE foundation.household_member
SET ends_on = $4::date, ended_by = $5::int
WHERE
    tenant_id = $1::int
    AND household_id = $2::uuid
    AND member_id = $3::uuid
    AND ends_on IS NULL
RETURNING begins_on
