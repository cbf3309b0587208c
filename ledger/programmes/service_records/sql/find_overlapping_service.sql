-- Purpose: a verified service of the same member that overlaps a time.
-- Parameters: $1 tenant int; $2 provider uuid; $3 started_at, $4 ended_at timestamptz.
-- Result: record_id of the earliest one; no row when the time is free.
-- Locks: none; the days are locked. Errors: none.
-- Why: no service takes 24 hours, so the index range before the start is short.
SELECT record_id
FROM programmes.service_record
WHERE
    tenant_id = $1::int
    AND provider_id = $2::uuid
    AND started_at < $4::timestamptz
    AND started_at > $3::timestamptz - interval '24 hours'
    AND ended_at > $3::timestamptz
    AND status IN ('verified', 'effective')
ORDER BY started_at
LIMIT 1
