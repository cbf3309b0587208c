-- Purpose: the credited services of a member on one day, the latest verified first, held.
-- Parameters: $1 tenant int; $2 provider uuid; $3 day date.
-- Result: the columns of service records.
-- Locks: the rows; the day's row is held already, so nobody adds one meanwhile. Errors: none.
SELECT
    record_id, provider_id, recipient_id, category, activity, place, started_at, ended_at,
    minutes, service_date, recorded_by, recorded_at, needs_second, status, first_verifier,
    decided_by, decided_at, decision_reason, funds, credited_minutes, credited_points, expires_on,
    objection_until, credit_entry_id, release_entry_id, policy_version, tie
FROM programmes.service_record
WHERE
    tenant_id = $1::int
    AND provider_id = $2::uuid
    AND started_at >= $3::date::timestamp AT TIME ZONE 'Asia/Shanghai'
    AND started_at < ($3::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
    AND status IN ('verified', 'effective')
ORDER BY decided_at DESC, record_id DESC
FOR NO KEY UPDATE
