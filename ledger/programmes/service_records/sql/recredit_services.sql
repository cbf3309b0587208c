-- Purpose: services of a day are credited anew, because another one was cancelled.
-- Parameters: $1 tenant int; $2 record ids uuid[]; $3 credited minutes, $4 credited points int[].
-- Result: none. Locks: the rows, held already. Errors: none.
UPDATE programmes.service_record AS r
SET credited_minutes = u.credited_minutes, credited_points = u.credited_points
FROM unnest($2::uuid[], $3::int[], $4::int[]) AS u (record_id, credited_minutes, credited_points)
WHERE r.tenant_id = $1::int AND r.record_id = u.record_id
