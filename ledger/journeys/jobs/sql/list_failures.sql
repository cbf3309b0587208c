-- purpose: failed attempts, the latest first
-- parameters: $1 job text or null: all; $2 scope tenant int or null: all; $3 only those below this
--   failure uuid or null; $4 most rows int
-- result: one row an attempt
-- locks: none
-- errors: none
SELECT
    f.failure_id, f.job, f.scope_tenant_id, f.period, f.failed_at, f.attempt, f.error, f.detail,
    f.asked_by
FROM jobs.job_failure AS f
WHERE ($1::text IS NULL OR f.job = $1::text)
    AND ($2::int IS NULL OR f.scope_tenant_id = $2::int)
    AND ($3::uuid IS NULL OR f.failure_id < $3::uuid)
ORDER BY f.failure_id DESC
LIMIT $4::int
