-- purpose: what a finished run did
-- parameters: $1 run uuid; $2 job text; $3 scope tenant int; $4 period timestamptz;
--   $5 policy version int; $6 begun_at timestamptz; $7 finished_at timestamptz; $8 steps bigint;
--   $9 handled bigint; $10 refused bigint; $11 entries bigint; $12 totals jsonb; $13 facts jsonb;
--   $14 hash bytea; $15 who asked int
-- result: none
-- locks: none
-- errors: job_runs_once_a_period, when the key has a run already: a bug
INSERT INTO jobs.job_run (
    run_id, job, scope_tenant_id, period, policy_version, begun_at, finished_at, steps, handled,
    refused, entries, totals, facts, result_hash, asked_by
)
VALUES (
    $1::uuid, $2::text, $3::int, $4::timestamptz, $5::int, $6::timestamptz, $7::timestamptz,
    $8::bigint, $9::bigint, $10::bigint, $11::bigint, $12::jsonb, $13::jsonb, $14::bytea, $15::int
)
