-- Purpose: a test event for one endpoint alone.
-- Parameters: $1 tenant int; $2 endpoint_id uuid; $3 event_id uuid; $4 delivery_id uuid;
--   $5 at timestamptz.
-- Result: none. Locks: the new rows. Errors: 23503 when there is no such endpoint.
WITH event AS (
    INSERT INTO foundation.webhook_event (tenant_id, event_id, kind, subject_id, occurred_at)
    VALUES ($1::int, $3::uuid, 'ping', $2::uuid, $5::timestamptz)
)
INSERT INTO foundation.webhook_delivery (
    tenant_id, delivery_id, endpoint_id, event_id, state, attempts, next_attempt_at, first_due_at
)
VALUES (
    $1::int, $4::uuid, $2::uuid, $3::uuid, 'due', 0, $5::timestamptz, $5::timestamptz
)
