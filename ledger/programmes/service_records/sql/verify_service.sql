-- Purpose: a service is verified, with what it was credited with.
-- Parameters: $1 tenant int; $2 record uuid; $3 caller int; $4 decided_at timestamptz; $5 funds;
--   $6 credited minutes, $7 credited points (1/100) int; $8 expires_on date or null;
--   $9 objection_until date; $10 entry uuid or null; $11 policy version int.
-- Result: none. Locks: the row, held already.
-- Errors: 23514 a recorder or first verifier verifies (service_is_verified_by_others).
UPDATE programmes.service_record
SET
    status = 'verified', decided_by = $3::int, decided_at = $4::timestamptz, funds = $5::text,
    credited_minutes = $6::int, credited_points = $7::int, expires_on = $8::date,
    objection_until = $9::date, credit_entry_id = $10::uuid, policy_version = $11::int
WHERE tenant_id = $1::int AND record_id = $2::uuid
