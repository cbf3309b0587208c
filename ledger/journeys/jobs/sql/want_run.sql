-- purpose: somebody wants a job to run now, also when it is parked or waits to be tried again
-- parameters: $1 job text; $2 scope tenant int; $3 caller int
-- result: none
-- locks: the row
-- errors: wanted_by_is_a_caller
INSERT INTO jobs.job_state (job, scope_tenant_id, wanted_by)
VALUES ($1::text, $2::int, $3::int)
ON CONFLICT (job, scope_tenant_id) DO UPDATE
SET
    wanted_by = excluded.wanted_by, next_attempt_at = NULL, parked_at = NULL, attempts = 0
