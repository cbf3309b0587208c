-- Purpose: how far each branch is with its star points in some months.
-- Parameters: $1 tenant int; $2 first days of the months, date[].
-- Result: branch_id, branch name, month, has_proposed (items nobody decided), has_results (the
--   month is scored), publicity_until (its last day while results are not yet effective, or null).
-- Locks: none. Errors: none.
SELECT
    b.branch_id,
    b.name,
    m.month,
    EXISTS (
        SELECT FROM programmes.star_claim AS c
        WHERE
            c.tenant_id = $1::int
            AND c.branch_id = b.branch_id
            AND c.month = m.month
            AND c.status = 'proposed'
    ) AS has_proposed,
    s.month IS NOT NULL AS has_results,
    CASE
        WHEN EXISTS (
            SELECT FROM programmes.star_result AS r
            WHERE
                r.tenant_id = $1::int
                AND r.branch_id = b.branch_id
                AND r.month = m.month
                AND r.status = 'published'
        ) THEN s.publicity_until
    END AS publicity_until
FROM foundation.party_branch AS b
CROSS JOIN unnest($2::date[]) AS m (month)
LEFT JOIN programmes.star_month AS s
    ON s.tenant_id = $1::int AND b.branch_id = s.branch_id AND m.month = s.month
WHERE b.tenant_id = $1::int
ORDER BY b.name, m.month
