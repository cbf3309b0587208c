-- Purpose: the members of a branch who had joined by the end of a month, but for those whose month
--   another branch has scored or has items of.
-- Parameters: $1 tenant int; $2 branch uuid; $3 last day of the month date.
-- Result: member_id. Locks: none. Errors: none.
SELECT m.member_id
FROM foundation.member AS m
WHERE
    m.tenant_id = $1::int
    AND m.branch_id = $2::uuid
    AND m.status <> 'left'
    AND m.joined_on <= $3::date
    AND NOT EXISTS (
        SELECT 1
        FROM programmes.star_result AS r
        WHERE
            r.tenant_id = $1::int
            AND r.member_id = m.member_id
            AND r.month = date_trunc('month', $3::timestamp)
    )
    AND NOT EXISTS (
        SELECT 1
        FROM programmes.star_claim AS c
        WHERE
            c.tenant_id = $1::int
            AND c.member_id = m.member_id
            AND c.month = date_trunc('month', $3::timestamp)
            AND c.branch_id <> $2::uuid
            AND c.status <> 'declined'
    )
ORDER BY m.member_id
