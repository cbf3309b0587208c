-- Purpose: whether a month is scored: by the branch, or by whatever branch for the member.
-- Parameters: $1 tenant int; $2 branch uuid; $3 member uuid; $4 month date.
-- Result: true or false. Locks: none; lock_branch comes first. Errors: none.
SELECT
    EXISTS (
        SELECT 1
        FROM programmes.star_month AS m
        WHERE m.tenant_id = $1::int AND m.branch_id = $2::uuid AND m.month = $4::date
    )
    OR EXISTS (
        SELECT 1
        FROM programmes.star_result AS r
        WHERE r.tenant_id = $1::int AND r.member_id = $3::uuid AND r.month = $4::date
    )
