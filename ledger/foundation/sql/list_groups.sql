-- Purpose: teams of a programme by name, all, one of them, or those of a member.
-- Parameters: $1 tenant int; $2 group uuid or null; $3 member uuid or null; $4 limit int;
--   $5 group uuid after which the page begins, or null.
-- Result: group_id, name, leader_member_id, leader_name, leader_no (null: the leader
--   left), begins_on, ends_on, members (now). Locks: none. Errors: none.
SELECT
    g.group_id,
    g.name,
    m.member_id AS leader_member_id,
    p.display_name AS leader_name,
    p.volunteer_no AS leader_no,
    g.begins_on,
    g.ends_on,
    (
        SELECT count(*)
        FROM foundation.group_member AS l
        WHERE l.tenant_id = g.tenant_id AND l.group_id = g.group_id AND l.ends_on IS NULL
    ) AS members
FROM foundation.member_group AS g
LEFT JOIN foundation.member AS m
    ON g.tenant_id = m.tenant_id AND g.leader_member_id = m.member_id AND m.status <> 'left'
LEFT JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE
    g.tenant_id = $1::int
    AND ($2::uuid IS NULL OR g.group_id = $2::uuid)
    AND ($3::uuid IS NULL OR EXISTS (
        SELECT 1
        FROM foundation.group_member AS o
        WHERE
            o.tenant_id = g.tenant_id
            AND o.group_id = g.group_id
            AND o.member_id = $3::uuid
            AND o.ends_on IS NULL
    ))
    AND ($5::uuid IS NULL OR EXISTS (
        SELECT 1
        FROM foundation.member_group AS a
        WHERE
            a.tenant_id = g.tenant_id
            AND a.group_id = $5::uuid
            AND (
                coalesce(g.ends_on, 'infinity') < coalesce(a.ends_on, 'infinity')
                OR (
                    g.ends_on IS NOT DISTINCT FROM a.ends_on
                    AND (g.name_sort_key, g.group_id) > (a.name_sort_key, a.group_id)
                )
            )
    ))
ORDER BY g.ends_on DESC NULLS FIRST, g.name_sort_key, g.group_id
LIMIT $4::int
