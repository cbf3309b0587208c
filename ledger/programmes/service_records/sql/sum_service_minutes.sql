-- Purpose: the register of a member's service: exact minutes verified, whatever became of them.
-- Parameters: $1 tenant int; $2 member uuid; $3 first day, $4 last day date (null: open).
-- Result: verified_minutes, credited_minutes, days. Locks: none. Errors: none.
SELECT
    coalesce(sum(verified_minutes), 0)::bigint AS verified_minutes,
    coalesce(sum(credited_minutes), 0)::bigint AS credited_minutes,
    count(*) FILTER (WHERE verified_minutes > 0) AS days
FROM programmes.service_day
WHERE
    tenant_id = $1::int
    AND member_id = $2::uuid
    AND ($3::date IS NULL OR service_date >= $3::date)
    AND ($4::date IS NULL OR service_date <= $4::date)
