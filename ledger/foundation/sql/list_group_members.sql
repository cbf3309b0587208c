-- Purpose: who belongs and belonged to a team, who does now first.
-- Parameters: $1 tenant int; $2 group uuid; $3 limit int; $4 member uuid and $5 begins_on date
--   after whose time the page begins, or null.
-- Result: member_id, volunteer_no, display_name, begins_on, ends_on.
-- Locks: none. Errors: none.
SELECT l.member_id, m.volunteer_no, p.display_name, l.begins_on, l.ends_on
FROM foundation.group_member AS l
INNER JOIN foundation.member AS m ON l.tenant_id = m.tenant_id AND l.member_id = m.member_id
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE
    l.tenant_id = $1::int
    AND l.group_id = $2::uuid
    AND ($4::uuid IS NULL OR EXISTS (
        SELECT 1
        FROM foundation.group_member AS a
        INNER JOIN foundation.member AS o ON a.tenant_id = o.tenant_id AND a.member_id = o.member_id
        INNER JOIN foundation.person AS q ON o.person_id = q.person_id
        WHERE
            a.tenant_id = l.tenant_id
            AND a.group_id = l.group_id
            AND a.member_id = $4::uuid
            AND a.begins_on = $5::date
            AND (
                coalesce(l.ends_on, 'infinity') < coalesce(a.ends_on, 'infinity')
                OR (
                    l.ends_on IS NOT DISTINCT FROM a.ends_on
                    AND (p.name_sort_key, l.member_id, l.begins_on)
                    > (q.name_sort_key, a.member_id, a.begins_on)
                )
            )
    ))
ORDER BY l.ends_on DESC NULLS FIRST, p.name_sort_key, l.member_id, l.begins_on
LIMIT $3::int
