-- Purpose: the earliest month before another that is still to be scored: the one after the latest
--   scored month, or one with items that are approved or proposed.
-- Parameters: $1 tenant int; $2 branch uuid; $3 month date.
-- Result: month (null: none). Locks: none. Errors: none.
SELECT min(open.month)::date AS month
FROM (
    SELECT (max(s.month) + interval '1 month')::date AS month
    FROM programmes.star_month AS s
    WHERE s.tenant_id = $1::int AND s.branch_id = $2::uuid
    UNION ALL
    SELECT c.month
    FROM programmes.star_claim AS c
    WHERE
        c.tenant_id = $1::int
        AND c.branch_id = $2::uuid
        AND c.month < $3::date
        AND c.status IN ('approved', 'proposed')
) AS open
WHERE open.month < $3::date
