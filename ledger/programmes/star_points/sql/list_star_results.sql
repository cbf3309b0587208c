-- Purpose: the published list of a branch's month, by name.
-- Parameters: $1 tenant int; $2 branch uuid; $3 month date; $4 member or null; $5 result before the
--   page or null; $6 most rows or null.
-- Result: result_id, member_id, volunteer_no, display_name, month, basic, reward, deduction (1/100
--   point), status, publicity_until, expires_on, entry_id.
-- Locks: none. Errors: none.
SELECT
    r.result_id, r.member_id, m.volunteer_no, p.display_name, r.month, r.basic, r.reward,
    r.deduction, r.status, s.publicity_until, s.expires_on, r.entry_id
FROM programmes.star_result AS r
INNER JOIN programmes.star_month AS s
    ON s.tenant_id = $1::int AND r.branch_id = s.branch_id AND r.month = s.month
INNER JOIN foundation.member AS m ON m.tenant_id = $1::int AND r.member_id = m.member_id
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE
    r.tenant_id = $1::int
    AND r.branch_id = $2::uuid
    AND r.month = $3::date
    AND ($4::uuid IS NULL OR r.member_id = $4::uuid)
    AND (
        $5::uuid IS NULL
        OR (p.name_sort_key, m.volunteer_no) > (
            SELECT q.name_sort_key, n.volunteer_no
            FROM programmes.star_result AS o
            INNER JOIN foundation.member AS n
                ON n.tenant_id = $1::int AND o.member_id = n.member_id
            INNER JOIN foundation.person AS q ON n.person_id = q.person_id
            WHERE o.tenant_id = $1::int AND o.result_id = $5::uuid
        )
    )
ORDER BY p.name_sort_key, m.volunteer_no
LIMIT $6::int
