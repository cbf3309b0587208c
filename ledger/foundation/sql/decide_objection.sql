-- Purpose: write down how an objection was decided.
-- Parameters: $1 tenant int; $2 objection uuid; $3 decision; $4 reason; $5 caller int;
--   $6 decided_at timestamptz.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.objection
SET decision = $3::text, decision_reason = $4::text, decided_by = $5::int,
    decided_at = $6::timestamptz
WHERE tenant_id = $1::int AND objection_id = $2::uuid
