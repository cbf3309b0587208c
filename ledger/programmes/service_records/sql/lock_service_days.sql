-- Purpose: the days a service touches, held until the transaction ends.
-- Parameters: $1 tenant int; $2 member uuid; $3 days date[].
-- Result: service_date, verified_minutes, credited_minutes, credited_points; the earliest first.
-- Locks: the rows, by date: two services that overlap touch a day in common, so only one of them
--   is verified at a time.
-- Errors: none.
SELECT service_date, verified_minutes, credited_minutes, credited_points
FROM programmes.service_day
WHERE tenant_id = $1::int AND member_id = $2::uuid AND service_date = any($3::date[])
ORDER BY service_date
FOR NO KEY UPDATE
