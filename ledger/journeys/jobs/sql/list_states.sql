-- purpose: where jobs stand
-- parameters: $1 job text or null: all; $2 scope tenants int[] or null: all
-- result: one row for each job and tenant that was ever looked at
-- locks: none
-- errors: none
SELECT
    s.job, s.scope_tenant_id, s.finished_through, s.period, s.run_id, s.begun_at, s.steps,
    s.handled, s.attempts, s.next_attempt_at, s.parked_at, s.wanted_by, s.last_error,
    s.last_finished_at, s.last_milliseconds, s.last_refused, s.runs, s.failures
FROM jobs.job_state AS s
WHERE ($1::text IS NULL OR s.job = $1::text)
    AND ($2::int[] IS NULL OR s.scope_tenant_id = ANY ($2::int[]))
ORDER BY s.job, s.scope_tenant_id
