-- Purpose: another head of a household.
-- Parameters: $1 tenant int; $2 household uuid; $3 member uuid.
-- Result: person_id; no row when the member does not live there. Locks: the row. Errors: none.
UPDATE foundation.household AS h
SET head_member_id = $3::uuid
WHERE
    h.tenant_id = $1::int
    AND h.household_id = $2::uuid
    AND EXISTS (
        SELECT 1
        FROM foundation.household_member AS l
        WHERE
            l.tenant_id = h.tenant_id
            AND l.household_id = h.household_id
            AND l.member_id = $3::uuid
            AND l.ends_on IS NULL
    )
RETURNING (
    SELECT m.person_id
    FROM foundation.member AS m
    WHERE m.tenant_id = $1::int AND m.member_id = $3::uuid
) AS person_id
