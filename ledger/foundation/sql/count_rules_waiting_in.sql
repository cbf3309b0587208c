-- Purpose: how many changes of rules wait for units from a day on, on the platform or in tenants.
-- Parameters: $1 units uuid[]; $2 day date; $3 tenants int[].
-- Result: requests; one row. Locks: none. Errors: none.
SELECT count(*) AS requests
FROM foundation.waiting_approvals(
    0 || $3::int[], array_fill('policy_change'::text, ARRAY[1 + cardinality($3::int[])]),
    0, NULL, NULL
) AS w
WHERE
    (w.asked::jsonb ->> 'org_unit_id')::uuid = any($1::uuid[])
    AND (w.asked::jsonb ->> 'valid_from')::date >= $2::date
