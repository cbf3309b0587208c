-- Purpose: write down that a branch's month is scored.
-- Parameters: $1 tenant int; $2 branch uuid; $3 month date; $4 caller int; $5 scored_at
--   timestamptz; $6 publicity_until date; $7 expires_on date; $8 policy version int.
-- Result: none. Locks: none.
-- Errors: 23505 it is scored already (star_month_pkey); the branch is held, so this is a bug.
INSERT INTO programmes.star_month (
    tenant_id, branch_id, month, scored_by, scored_at, publicity_until, expires_on, policy_version
)
VALUES (
    $1::int, $2::uuid, $3::date, $4::int, $5::timestamptz, $6::date, $7::date, $8::int
)
