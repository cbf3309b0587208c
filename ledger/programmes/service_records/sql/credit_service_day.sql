-- Purpose: write down the new sums of a day.
-- Parameters: $1 tenant int; $2 member uuid; $3 day date; $4 verified minutes, $5 credited
--   minutes, $6 credited points (1/100), all int.
-- Result: none. Locks: the row, held already.
-- Errors: 23514 more credited than verified (credit_never_exceeds_service).
UPDATE programmes.service_day
SET verified_minutes = $4::int, credited_minutes = $5::int, credited_points = $6::int
WHERE tenant_id = $1::int AND member_id = $2::uuid AND service_date = $3::date
