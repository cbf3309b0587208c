-- Purpose: what waits for a second person about one object, the oldest first.
-- Parameters: $1 tenant int (0: the platform); $2 kind text; $3 object uuid.
-- Result: approval_id, requested_by, requested_at.
-- Locks: none. Errors: none.
SELECT
    r.approval_id,
    r.requested_by,
    r.requested_at
FROM foundation.approval_request AS r
WHERE
    r.tenant_id = $1::int AND r.kind = $2::text AND r.object_id = $3::uuid
    AND r.expires_at > clock_timestamp()
    AND NOT EXISTS (
        SELECT 1 FROM foundation.approval_decision AS d
        WHERE d.tenant_id = $1::int AND d.approval_id = r.approval_id
    )
ORDER BY r.approval_id
