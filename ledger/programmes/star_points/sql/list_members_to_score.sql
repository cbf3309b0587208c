-- Purpose: the members of a branch who had joined by the end of a month.
-- Parameters: $1 tenant int; $2 branch uuid; $3 last day of the month date.
-- Result: member_id. Locks: none. Errors: none.
SELECT member_id
FROM foundation.member
WHERE
    tenant_id = $1::int
    AND branch_id = $2::uuid
    AND status <> 'left'
    AND joined_on <= $3::date
ORDER BY member_id
