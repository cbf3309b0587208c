-- purpose: an attempt that failed
-- parameters: $1 failure uuid; $2 job text; $3 scope tenant int; $4 period timestamptz;
--   $5 failed_at timestamptz; $6 attempt int; $7 error code text; $8 words text; $9 who asked int
-- result: none
-- locks: none
-- errors: none
INSERT INTO jobs.job_failure (
    failure_id, job, scope_tenant_id, period, failed_at, attempt, error, detail, asked_by
)
VALUES (
    $1::uuid, $2::text, $3::int, $4::timestamptz, $5::timestamptz, $6::int, $7::text, $8::text,
    $9::int
)
