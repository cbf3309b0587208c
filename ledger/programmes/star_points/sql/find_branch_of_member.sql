-- Purpose: the Party branch of a member.
-- Parameters: $1 tenant int; $2 member uuid.
-- Result: branch_id (null: none); no row for an unknown member.
-- Locks: none. Errors: none.
SELECT branch_id
FROM foundation.member
WHERE tenant_id = $1::int AND member_id = $2::uuid AND status <> 'left'
