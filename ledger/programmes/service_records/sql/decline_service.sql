-- Purpose: a service is not verified.
-- Parameters: $1 tenant int; $2 record uuid; $3 caller int; $4 decided_at timestamptz; $5 reason.
-- Result: none. Locks: the row, held already.
-- Errors: 23514 the recorder declines (service_is_verified_by_others).
UPDATE programmes.service_record
SET status = 'declined', decided_by = $3::int, decided_at = $4::timestamptz,
    decision_reason = $5::text
WHERE tenant_id = $1::int AND record_id = $2::uuid
