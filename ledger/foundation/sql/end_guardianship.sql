-- Purpose: end a guardianship.
-- Parameters: $1 tenant int; $2 guardianship uuid; $3 ward member uuid; $4 ends_on date; $5 reason
--   text; $6 caller int.
-- Result: grant_id, to be ended with it; person_id of the guardian; ward_person_id; no row when
--   there is no such open one.
-- Locks: the row. Errors: 23514 before it began (guardianship_ends_after_it_began).
UPDATE foundation.guardianship
SET ends_on = $4::date, end_reason = $5::text, ended_by = $6::int
WHERE
    tenant_id = $1::int
    AND guardianship_id = $2::uuid
    AND ward_member_id = $3::uuid
    AND ends_on IS NULL
RETURNING grant_id, person_id, (
    SELECT m.person_id
    FROM foundation.member AS m
    WHERE m.tenant_id = $1::int AND m.member_id = $3::uuid
) AS ward_person_id
