-- purpose: an attempt failed: when it is tried again, or that it is parked
-- parameters: $1 job text; $2 scope tenant int; $3 error code text; $4 next attempt timestamptz;
--   $5 parked_at timestamptz or null
-- result: attempts so far of the period
-- locks: the row, held already
-- errors: none
UPDATE jobs.job_state
SET
    attempts = attempts + 1, failures = failures + 1, last_error = $3::text,
    next_attempt_at = $4::timestamptz, parked_at = $5::timestamptz, wanted_by = NULL
WHERE job = $1::text AND scope_tenant_id = $2::int
RETURNING attempts
