-- Purpose: the households in which a member lives or lived and her teams, the present ones first.
-- Parameters: $1 tenant int; $2 member uuid.
-- Result: kind (household, team), name, heads (she is its head or leader), begins_on, ends_on.
-- Locks: none. Errors: none.
SELECT w.kind, w.name, w.heads, w.begins_on, w.ends_on
FROM (
    SELECT
        'household' AS kind, h.number AS name, h.head_member_id = l.member_id AS heads,
        l.begins_on, l.ends_on
    FROM foundation.household_member AS l
    INNER JOIN foundation.household AS h
        ON l.tenant_id = h.tenant_id AND l.household_id = h.household_id
    WHERE l.tenant_id = $1::int AND l.member_id = $2::uuid
    UNION ALL
    SELECT 'team', g.name, g.leader_member_id = b.member_id, b.begins_on, b.ends_on
    FROM foundation.group_member AS b
    INNER JOIN foundation.member_group AS g
        ON b.tenant_id = g.tenant_id AND b.group_id = g.group_id
    WHERE b.tenant_id = $1::int AND b.member_id = $2::uuid
) AS w
ORDER BY w.ends_on DESC NULLS FIRST, w.kind, w.name
