-- Purpose: the latest deliveries to an endpoint.
-- Parameters: $1 tenant int; $2 endpoint_id uuid; $3 most rows int.
-- Result: delivery_id, kind, subject_id, state, attempts, status, fault, first_due_at,
--   attempted_at, next_attempt_at. Locks: none. Errors: none.
SELECT
    d.delivery_id, e.kind, e.subject_id, d.state, d.attempts, d.status, d.fault, d.first_due_at,
    d.attempted_at, d.next_attempt_at
FROM foundation.webhook_delivery d
JOIN foundation.webhook_event e ON e.tenant_id = d.tenant_id AND e.event_id = d.event_id
WHERE d.tenant_id = $1::int AND d.endpoint_id = $2::uuid
ORDER BY d.first_due_at DESC, d.delivery_id
LIMIT $3::int
