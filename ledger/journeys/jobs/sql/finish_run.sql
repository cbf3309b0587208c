-- purpose: nothing is under way any more, and the period is finished
-- parameters: $1 job text; $2 scope tenant int; $3 period timestamptz; $4 finished_at timestamptz;
--   $5 duration bigint in milliseconds; $6 refused bigint
-- result: none
-- locks: the row, held already
-- errors: none
UPDATE jobs.job_state
SET
    finished_through = $3::timestamptz, period = NULL, run_id = NULL, policy_version = NULL,
    begun_at = NULL, steps = 0, handled = 0, refused = 0, entries = 0, totals = '{}',
    facts = '{}', digest = NULL, attempts = 0, next_attempt_at = NULL, parked_at = NULL,
    wanted_by = NULL, last_error = NULL, last_finished_at = $4::timestamptz,
    last_milliseconds = $5::bigint, last_refused = $6::bigint, runs = runs + 1
WHERE job = $1::text AND scope_tenant_id = $2::int
