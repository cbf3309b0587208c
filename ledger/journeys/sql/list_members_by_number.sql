-- Purpose: members of a programme by volunteer number; only those of the teams that somebody leads,
--   where a leader is named.
-- Parameters: $1 tenant int; $2 numbers text[]; $3 leader's member uuid or null; $4 day date: on
--   which they belonged to the team.
-- Result: member_id, volunteer_no, display_name.
-- Locks: none. Errors: none.
SELECT m.member_id, m.volunteer_no, p.display_name
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE
    m.tenant_id = $1::int
    AND m.volunteer_no = any($2::text [])
    AND ($3::uuid IS NULL OR EXISTS (
        SELECT 1
        FROM foundation.member_group AS g
        INNER JOIN foundation.group_member AS b
            ON g.tenant_id = b.tenant_id AND g.group_id = b.group_id
        WHERE
            g.tenant_id = m.tenant_id
            AND g.leader_member_id = $3::uuid
            AND g.ends_on IS NULL
            AND b.member_id = m.member_id
            AND b.begins_on <= $4::date
            AND (b.ends_on IS NULL OR b.ends_on > $4::date)
    ))
