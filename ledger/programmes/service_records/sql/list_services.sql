-- Purpose: service records of one provider, or in one status, or all; the newest first.
-- Parameters: $1 tenant int; $2 provider uuid or null; $3 status or null;
--   $4 record uuid that ended the page before, or null; $5 limit int.
-- Result: their columns.
-- Locks: none. Errors: none.
SELECT
    record_id, provider_id, recipient_id, category, activity, place, started_at, ended_at,
    minutes, service_date, recorded_by, recorded_at, needs_second, status, first_verifier,
    decided_by, decided_at, decision_reason, funds, credited_minutes, credited_points, expires_on,
    objection_until, credit_entry_id, release_entry_id, policy_version, tie
FROM programmes.service_record
WHERE
    tenant_id = $1::int
    AND ($2::uuid IS NULL OR provider_id = $2::uuid)
    AND ($3::text IS NULL OR status = $3::text)
    AND ($4::uuid IS NULL OR (started_at, record_id) < (
        SELECT p.started_at, p.record_id
        FROM programmes.service_record AS p
        WHERE p.tenant_id = $1::int AND p.record_id = $4::uuid
    ))
ORDER BY started_at DESC, record_id DESC
LIMIT $5::int
