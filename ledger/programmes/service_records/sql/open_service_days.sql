-- Purpose: make sure that the days of a member are there, so that they can be locked.
-- Parameters: $1 tenant int; $2 member uuid; $3 days date[].
-- Result: none. Locks: none beyond the insertion. Errors: none.
INSERT INTO programmes.service_day (
    tenant_id, member_id, service_date, verified_minutes, credited_minutes, credited_points
)
SELECT $1::int, $2::uuid, u.service_date, 0, 0, 0
FROM unnest($3::date[]) AS u (service_date)
ORDER BY u.service_date
ON CONFLICT (tenant_id, member_id, service_date) DO NOTHING
