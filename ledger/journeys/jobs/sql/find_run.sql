-- purpose: one finished run
-- parameters: $1 run uuid
-- result: one row or none
-- locks: none
-- errors: none
SELECT
    r.run_id, r.job, r.scope_tenant_id, r.period, r.policy_version, r.begun_at, r.finished_at,
    r.steps, r.handled, r.refused, r.entries, r.totals, r.facts, r.result_hash, r.asked_by
FROM jobs.job_run AS r
WHERE r.run_id = $1::uuid
