-- Purpose: a result, held until the transaction ends.
-- Parameters: $1 tenant int; $2 result uuid.
-- Result: member_id, released (basic and reward, 1/100 point), status, expires_on, policy_version.
-- Locks: the row. Errors: none.
SELECT r.member_id, r.basic + r.reward AS released, r.status, s.expires_on, s.policy_version
FROM programmes.star_result AS r
INNER JOIN programmes.star_month AS s
    ON s.tenant_id = $1::int AND r.branch_id = s.branch_id AND r.month = s.month
WHERE r.tenant_id = $1::int AND r.result_id = $2::uuid
FOR NO KEY UPDATE OF r
