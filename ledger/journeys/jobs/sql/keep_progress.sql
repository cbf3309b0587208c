-- purpose: what a run under way has done so far
-- parameters: $1 job text; $2 scope tenant int; $3 period timestamptz; $4 run uuid;
--   $5 policy version int; $6 begun_at timestamptz; $7 handled bigint; $8 refused bigint;
--   $9 entries bigint; $10 totals jsonb; $11 facts jsonb; $12 digest bytea, 32 bytes
-- result: none
-- locks: the row, held already
-- errors: none
UPDATE jobs.job_state
SET
    period = $3::timestamptz, run_id = $4::uuid, policy_version = $5::int,
    begun_at = $6::timestamptz, steps = steps + 1, handled = $7::bigint, refused = $8::bigint,
    entries = $9::bigint, totals = $10::jsonb, facts = $11::jsonb, digest = $12::bytea
WHERE job = $1::text AND scope_tenant_id = $2::int
