-- Purpose: the objections to one record, or the open ones, the oldest first.
-- Parameters: $1 tenant int; $2 subject uuid, or null for all that are open; $3 limit int.
-- Result: the objection's columns but the tenant.
-- Locks: none. Errors: none.
SELECT
    objection_id, subject_id, reason, raised_by, raised_at, decision, decision_reason,
    decided_by, decided_at
FROM foundation.objection
WHERE
    tenant_id = $1::int
    AND (subject_id = $2::uuid OR ($2::uuid IS NULL AND decision IS NULL))
ORDER BY raised_at, objection_id
LIMIT $3::int
