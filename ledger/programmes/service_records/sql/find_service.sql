-- Purpose: one service record.
-- Parameters: $1 tenant int; $2 record uuid.
-- Result: its columns; at most one row.
-- Locks: none. Errors: none.
SELECT
    record_id, provider_id, recipient_id, category, activity, place, started_at, ended_at,
    minutes, service_date, recorded_by, recorded_at, needs_second, status, first_verifier,
    decided_by, decided_at, decision_reason, funds, credited_minutes, credited_points, expires_on,
    objection_until, credit_entry_id, release_entry_id, policy_version, tie
FROM programmes.service_record
WHERE tenant_id = $1::int AND record_id = $2::uuid
