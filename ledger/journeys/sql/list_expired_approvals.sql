-- Purpose: requests that nobody decided in time since a moment.
-- Parameters: $1 tenant int (0: the platform); $2 since timestamptz.
-- Result: approval_id, kind, requested_by. Locks: none. Errors: none.
SELECT r.approval_id, r.kind, r.requested_by
FROM foundation.approval_request AS r
LEFT JOIN foundation.approval_decision AS d
    ON r.tenant_id = d.tenant_id AND r.approval_id = d.approval_id
WHERE
    r.tenant_id = $1::int
    AND r.expires_at > $2::timestamptz
    AND r.expires_at <= clock_timestamp()
    AND d.approval_id IS NULL
ORDER BY r.approval_id
