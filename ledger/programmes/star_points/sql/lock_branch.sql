-- Purpose: hold a branch, so that nothing is approved for a month while it is scored.
-- Parameters: $1 tenant int; $2 branch uuid.
-- Result: branch_id; no row for an unknown branch.
-- Locks: the row. Errors: none.
SELECT branch_id
FROM foundation.party_branch
WHERE tenant_id = $1::int AND branch_id = $2::uuid
FOR NO KEY UPDATE
