-- Purpose: what waits for a second person and asks for the same thing, the oldest first.
-- Parameters: $1 tenant int (0: the platform); $2 kind text; $3 what is asked text (canonical
--   JSON).
-- Result: approval_id, requested_by, requested_at.
-- Locks: none. Errors: none.
SELECT
    r.approval_id,
    r.requested_by,
    r.requested_at
FROM foundation.approval_request AS r
WHERE
    r.tenant_id = $1::int AND r.kind = $2::text
    AND r.expires_at > clock_timestamp()
    AND foundation.approval_turn(r.kind, r.asked) = foundation.approval_turn($2::text, $3::text)
    AND NOT EXISTS (
        SELECT 1 FROM foundation.approval_decision AS d
        WHERE d.tenant_id = $1::int AND d.approval_id = r.approval_id
    )
ORDER BY r.approval_id
