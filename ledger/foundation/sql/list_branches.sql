-- Purpose: Party branches of a programme.
-- Parameters: $1 tenant int.
-- Result: branch_id, name. Locks: none. Errors: none.
SELECT branch_id, name
FROM foundation.party_branch
WHERE tenant_id = $1::int
ORDER BY branch_id
