-- Purpose: let a member, or all members, belong to a team no longer, from a day on.
-- Parameters: $1 tenant int; $2 group uuid; $3 member uuid or null for all; $4 ends_on date;
--   $5 caller int.
-- Result: person_id of each. Locks: the rows.
--   Errors: 23514 before it began (group_membership_ends_after_it_began).
UPDATE foundation.group_member AS b
SET ends_on = $4::date, ended_by = $5::int
WHERE
    tenant_id = $1::int
    AND group_id = $2::uuid
    AND ($3::uuid IS NULL OR member_id = $3::uuid)
    AND ends_on IS NULL
RETURNING (
    SELECT m.person_id
    FROM foundation.member AS m
    WHERE m.tenant_id = $1::int AND m.member_id = b.member_id
) AS person_id
