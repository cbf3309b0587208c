-- Purpose: results whose publicity has ended, without an objection that is open or was upheld, not
--   tried today.
-- Parameters: $1 tenant int; $2 today date; $3 limit int.
-- Result: result_id, member_id, released (basic and reward), deduction (1/100 point), expires_on,
--   release_attempts, policy_version; the earliest month first.
-- Locks: the rows; those that another run holds are skipped. Errors: none.
SELECT
    r.result_id, r.member_id, r.basic + r.reward AS released, r.deduction, s.expires_on,
    r.release_attempts, s.policy_version
FROM programmes.star_result AS r
INNER JOIN programmes.star_month AS s
    ON s.tenant_id = $1::int AND r.branch_id = s.branch_id AND r.month = s.month
WHERE
    r.tenant_id = $1::int
    AND r.status = 'published'
    AND s.publicity_until < $2::date
    AND (r.release_tried_on IS NULL OR r.release_tried_on < $2::date)
    AND NOT EXISTS (
        SELECT 1
        FROM foundation.objection AS o
        WHERE
            o.tenant_id = $1::int
            AND o.subject_id = r.result_id
            AND o.decision IS DISTINCT FROM 'dismissed'
    )
ORDER BY r.month, r.member_id
LIMIT $3::int
FOR NO KEY UPDATE OF r SKIP LOCKED
