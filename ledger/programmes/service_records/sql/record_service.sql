-- Purpose: write down a service as it was told; nothing is credited yet.
-- Parameters: $1 tenant int; $2 record uuid; $3 provider uuid; $4 recipient uuid or null;
--   $5 category; $6 activity; $7 place; $8 started_at, $9 ended_at timestamptz; $10 minutes int;
--   $11 service_date date; $12 caller int; $13 recorded_at timestamptz; $14 needs_second boolean;
--   $15 tie text or null.
-- Result: none. Locks: none.
-- Errors: 23505 the record id was used before (service_record_pkey).
INSERT INTO programmes.service_record (
    tenant_id, record_id, provider_id, recipient_id, category, activity, place, started_at,
    ended_at, minutes, service_date, recorded_by, recorded_at, needs_second, status,
    release_attempts, tie
)
VALUES (
    $1::int, $2::uuid, $3::uuid, $4::uuid, $5::text, $6::text, $7::text, $8::timestamptz,
    $9::timestamptz, $10::int, $11::date, $12::int, $13::timestamptz, $14::boolean, 'recorded', 0,
    $15::text
)
