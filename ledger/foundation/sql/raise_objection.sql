-- Purpose: write down an objection.
-- Parameters: $1 tenant int; $2 objection uuid; $3 subject uuid; $4 reason; $5 caller int;
--   $6 raised_at timestamptz.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.objection (
    tenant_id, objection_id, subject_id, reason, raised_by, raised_at
)
VALUES ($1::int, $2::uuid, $3::uuid, $4::text, $5::int, $6::timestamptz)
