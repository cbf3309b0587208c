-- purpose: finished runs, the latest first
-- parameters: $1 job text or null: all; $2 scope tenant int or null: all; $3 only those below this
--   run uuid or null; $4 most rows int
-- result: one row a run
-- locks: none
-- errors: none
SELECT
    r.run_id, r.job, r.scope_tenant_id, r.period, r.policy_version, r.begun_at, r.finished_at,
    r.steps, r.handled, r.refused, r.entries, r.totals, r.facts, r.result_hash, r.asked_by
FROM jobs.job_run AS r
WHERE ($1::text IS NULL OR r.job = $1::text)
    AND ($2::int IS NULL OR r.scope_tenant_id = $2::int)
    AND ($3::uuid IS NULL OR r.run_id < $3::uuid)
ORDER BY r.run_id DESC
LIMIT $4::int
