-- Purpose: the Party branch of a member, held until an item of hers is written down: she does not
--   go over to another one meanwhile.
-- Parameters: $1 tenant int; $2 member uuid.
-- Result: branch_id (null: none); no row for an unknown member.
-- Locks: the member. Errors: none.
SELECT branch_id
FROM foundation.member
WHERE tenant_id = $1::int AND member_id = $2::uuid AND status <> 'left'
FOR NO KEY UPDATE
