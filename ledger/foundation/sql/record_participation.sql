-- Purpose: one line of the history of a standing.
-- Parameters: $1 tenant int; $2 change uuid; $3 subject_kind text; $4 subject uuid; $5 status text;
--   $6 effective_on date; $7 reason text; $8 caller int; $9 changed_at timestamptz.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.participation_change (
    tenant_id, change_id, subject_kind, subject_id, status, effective_on, reason, changed_by,
    changed_at
)
VALUES (
    $1::int, $2::uuid, $3::text, $4::uuid, $5::text, $6::date, $7::text, $8::int, $9::timestamptz
)
