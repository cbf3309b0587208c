-- Purpose: what a member's verified service of a day was credited with so far.
-- Parameters: $1 tenant int; $2 member uuid; $3 day date.
-- Result: verified_minutes, credited_minutes, credited_points; no row: nothing yet.
-- Locks: none. Errors: none.
SELECT verified_minutes, credited_minutes, credited_points
FROM programmes.service_day
WHERE tenant_id = $1::int AND member_id = $2::uuid AND service_date = $3::date
