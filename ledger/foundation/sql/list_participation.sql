-- Purpose: how somebody's standing changed, the latest first.
-- Parameters: $1 tenant int; $2 subject uuid.
-- Result: change_id, status, effective_on, reason, changed_by, changed_at.
-- Locks: none. Errors: none.
SELECT change_id, status, effective_on, reason, changed_by, changed_at
FROM foundation.participation_change
WHERE tenant_id = $1::int AND subject_id = $2::uuid
ORDER BY change_id DESC
LIMIT 100
