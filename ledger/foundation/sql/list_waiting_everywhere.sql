-- Purpose: what somebody may decide in several places, the newest first.
-- Parameters: $1 places int[] (0: the platform); $2 kinds text[], each for the place beside it;
--   $3 person bigint who decides; $4 request after which the page begins, or null; $5 size int.
-- Result: tenant_id, approval_id, kind, reason, requested_by, requested_at, expires_at.
-- Locks: none. Errors: none.
SELECT
    w.tenant_id, w.approval_id, w.kind, w.reason, w.requested_by, w.requested_at, w.expires_at
FROM foundation.waiting_approvals($1::int[], $2::text[], $3::bigint, $4::uuid, $5::int) AS w
ORDER BY w.approval_id DESC
LIMIT $5::int
