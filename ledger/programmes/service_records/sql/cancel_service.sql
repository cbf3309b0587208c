-- Purpose: a credited service is cancelled; what it was credited with has been taken back.
-- Parameters: $1 tenant int; $2 record uuid; $3 caller int; $4 cancelled_at timestamptz; $5 reason.
-- Result: none. Locks: the row, held already.
-- Errors: 23514 the recorder cancels (service_is_cancelled_by_another_person).
UPDATE programmes.service_record
SET status = 'cancelled', cancelled_by = $3::int, cancelled_at = $4::timestamptz,
    decision_reason = $5::text, credited_minutes = 0, credited_points = 0
WHERE tenant_id = $1::int AND record_id = $2::uuid
