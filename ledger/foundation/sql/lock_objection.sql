-- Purpose: an objection, held until it is decided.
-- Parameters: $1 tenant int; $2 objection uuid.
-- Result: its columns but the tenant; at most one row.
-- Locks: the row, against another decision. Errors: none.
SELECT
    objection_id, subject_id, reason, raised_by, raised_at, decision, decision_reason,
    decided_by, decided_at
FROM foundation.objection
WHERE tenant_id = $1::int AND objection_id = $2::uuid
FOR NO KEY UPDATE
