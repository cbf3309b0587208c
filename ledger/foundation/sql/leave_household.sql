-- Purpose: let a member live in a household no longer, from a day on.
-- Parameters: $1 tenant int; $2 household uuid; $3 member uuid; $4 ends_on date; $5 caller int.
-- Result: person_id; no row when the member does not live there.
-- Locks: the row. Errors: 23514 before it began (household_membership_ends_after_it_began).
UPDATE foundation.household_member
SET ends_on = $4::date, ended_by = $5::int
WHERE
    tenant_id = $1::int
    AND household_id = $2::uuid
    AND member_id = $3::uuid
    AND ends_on IS NULL
RETURNING (
    SELECT m.person_id
    FROM foundation.member AS m
    WHERE m.tenant_id = $1::int AND m.member_id = $3::uuid
) AS person_id
