-- Purpose: take the deliveries of a tenant that are due, so that no other worker tries them before
--   the lease ends; a worker that dies leaves them due again.
-- Parameters: $1 tenant int; $2 now timestamptz; $3 end of the lease timestamptz; $4 most rows int.
-- Result: delivery_id, endpoint_id, attempts (this one counted), first_due_at, url, event_id, kind,
--   subject_id, detail, occurred_at. Locks: the deliveries, those locked already left out.
-- Errors: none.
UPDATE foundation.webhook_delivery d
SET next_attempt_at = $3::timestamptz, attempts = d.attempts + 1, attempted_at = $2::timestamptz
FROM (
    SELECT c.delivery_id FROM foundation.webhook_delivery c
    JOIN foundation.webhook_endpoint a
        ON a.tenant_id = c.tenant_id AND a.endpoint_id = c.endpoint_id AND a.state = 'active'
    WHERE c.tenant_id = $1::int AND c.state = 'due' AND c.next_attempt_at <= $2::timestamptz
    ORDER BY c.next_attempt_at
    LIMIT $4::int
    FOR UPDATE OF c SKIP LOCKED
) due
JOIN foundation.webhook_delivery x ON x.tenant_id = $1::int AND x.delivery_id = due.delivery_id
JOIN foundation.webhook_endpoint p ON p.tenant_id = $1::int AND p.endpoint_id = x.endpoint_id
JOIN foundation.webhook_event e ON e.tenant_id = $1::int AND e.event_id = x.event_id
WHERE d.tenant_id = $1::int AND d.delivery_id = due.delivery_id
RETURNING
    d.delivery_id, d.endpoint_id, d.attempts, d.first_due_at, p.url, e.event_id, e.kind,
    e.subject_id, e.detail, e.occurred_at
