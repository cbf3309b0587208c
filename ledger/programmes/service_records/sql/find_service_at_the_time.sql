-- purpose: another service of the same member, in one of some states, that overlaps a time
-- parameters: $1 tenant; $2 provider; $3 started_at; $4 ended_at; $5 record to leave out, or null;
--         $6 states
-- result: the columns of the earliest one; no row when the time is free
-- locks: none; at a verification the days are locked
-- errors: none
-- why: no service takes 24 hours, so the index range before the start is short
SELECT
    record_id, provider_id, recipient_id, category, activity, place, started_at, ended_at,
    minutes, service_date, recorded_by, recorded_at, needs_second, status, first_verifier,
    decided_by, decided_at, decision_reason, funds, credited_minutes, credited_points, expires_on,
    objection_until, credit_entry_id, release_entry_id, policy_version, tie
FROM programmes.service_record
WHERE
    tenant_id = $1::int
    AND provider_id = $2::uuid
    AND started_at < $4::timestamptz
    AND started_at > $3::timestamptz - interval '24 hours'
    AND ended_at > $3::timestamptz
    AND status = ANY ($6::text[])
    AND ($5::uuid IS NULL OR record_id <> $5::uuid)
ORDER BY started_at, record_id
LIMIT 1
