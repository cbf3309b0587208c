-- Purpose: another leader of a team.
-- Parameters: $1 tenant int; $2 group uuid; $3 member uuid.
-- Result: person_id; no row when the member does not belong to it. Locks: the row. Errors: none.
UPDATE foundation.member_group AS g
SET leader_member_id = $3::uuid
WHERE
    g.tenant_id = $1::int
    AND g.group_id = $2::uuid
    AND EXISTS (
        SELECT 1
        FROM foundation.group_member AS l
        WHERE
            l.tenant_id = g.tenant_id
            AND l.group_id = g.group_id
            AND l.member_id = $3::uuid
            AND l.ends_on IS NULL
    )
RETURNING (
    SELECT m.person_id
    FROM foundation.member AS m
    WHERE m.tenant_id = $1::int AND m.member_id = $3::uuid
) AS person_id
