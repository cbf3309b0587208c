-- Purpose: members of a programme by part of a name, by pinyin or its initials, or by number; a
--   page at a time in the order of names.
-- Parameters: $1 tenant int; $2 part of a name or null; $3 letters or null; $4 volunteer number or
--   null; $5 status or null; $6 member uuid after whom the page begins, or null; $7 limit int.
-- Result: member_id, person_id, volunteer_no, status, branch_id, joined_on, display_name.
--   Locks: none. Errors: none.
-- Why no LIKE: what was typed is compared as it is, and holds no pattern. The first letter is
--   looked at by itself because it costs little and leaves few names to take apart.
SELECT
    m.member_id,
    m.person_id,
    m.volunteer_no,
    m.status,
    m.branch_id,
    m.joined_on,
    p.display_name
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE
    m.tenant_id = $1::int
    AND ($2::text IS NULL OR strpos(p.display_name, $2::text) > 0)
    AND (
        $3::text IS NULL
        OR (
            left(p.name_sort_key, 1) = left($3::text, 1)
            AND (
                starts_with(replace(p.name_sort_key, ' ', ''), $3::text)
                OR starts_with(
                    regexp_replace(p.name_sort_key, '(\S)\S*\s*', '\1', 'g'), $3::text
                )
            )
        )
    )
    AND ($4::text IS NULL OR m.volunteer_no = $4::text)
    AND ($5::text IS NULL OR m.status = $5::text)
    AND ($6::uuid IS NULL OR (p.name_sort_key, m.member_id) > (
        SELECT q.name_sort_key, o.member_id
        FROM foundation.member AS o
        INNER JOIN foundation.person AS q ON o.person_id = q.person_id
        WHERE o.tenant_id = $1::int AND o.member_id = $6::uuid
    ))
ORDER BY p.name_sort_key, m.member_id
LIMIT $7::int
