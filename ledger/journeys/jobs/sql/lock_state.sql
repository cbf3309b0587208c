-- purpose: where a job stands in a tenant, held until the transaction ends; made when it is new
-- parameters: $1 job text; $2 scope tenant int, 0: the platform
-- result: one row
-- locks: the row; it comes before every lock of the books
-- errors: none
INSERT INTO jobs.job_state AS s (job, scope_tenant_id)
VALUES ($1::text, $2::int)
ON CONFLICT (job, scope_tenant_id) DO UPDATE SET job = excluded.job
RETURNING
    s.finished_through, s.period, s.run_id, s.policy_version, s.begun_at, s.steps, s.handled,
    s.refused, s.entries, s.totals, s.facts, s.digest, s.attempts, s.wanted_by
