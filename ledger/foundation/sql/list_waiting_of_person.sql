-- Purpose: what somebody asked for, or others about her, and nobody has decided, in every place,
--   the oldest first.
-- Parameters: $1 person bigint; $2 ids uuid[] by which a request names her, none: only her own.
-- Result: tenant_id (0: the platform), approval_id, kind, reason, requested_by, requested_at,
--   expires_at.
-- Locks: none. Errors: none.
SELECT
    r.tenant_id, r.approval_id, r.kind, r.reason, r.requested_by, r.requested_at, r.expires_at
FROM foundation.waiting_requests_about($1::bigint, $2::uuid []) AS r
ORDER BY r.approval_id
