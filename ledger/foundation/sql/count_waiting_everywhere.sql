-- Purpose: how much somebody may decide in each of several places.
-- Parameters: $1 places int[] (0: the platform); $2 kinds text[], each for the place beside it;
--   $3 person bigint who decides.
-- Result: tenant_id, requests, first_end (when the first of them can be decided no more); places
--   where nothing waits are left out.
-- Locks: none. Errors: none.
SELECT w.tenant_id, count(*) AS requests, min(w.expires_at) AS first_end
FROM foundation.waiting_approvals($1::int[], $2::text[], $3::bigint, NULL::uuid, NULL::int) AS w
GROUP BY w.tenant_id
