-- Purpose: remove deliveries of a tenant that are over, taken or given up, and those that wait for
--   an endpoint that was removed; each event goes with its last delivery.
-- Parameters: $1 tenant int; $2 begun and tried last before timestamptz; $3 most deliveries int.
-- Result: how many deliveries were removed.
-- Locks: the rows removed; one that is in use is left for the next time. Errors: none.
WITH gone AS (
    DELETE FROM foundation.webhook_delivery d
    WHERE d.tenant_id = $1::int AND d.delivery_id IN (
        SELECT c.delivery_id FROM foundation.webhook_delivery c
        JOIN foundation.webhook_endpoint p
            ON p.tenant_id = c.tenant_id AND p.endpoint_id = c.endpoint_id
        WHERE c.tenant_id = $1::int AND c.first_due_at < $2::timestamptz
            AND coalesce(c.attempted_at, c.first_due_at) < $2::timestamptz
            AND (c.state <> 'due' OR p.state = 'removed')
        LIMIT $3::int
        FOR UPDATE OF c SKIP LOCKED
    )
    RETURNING d.delivery_id, d.event_id
),

events AS (
    DELETE FROM foundation.webhook_event e
    WHERE e.tenant_id = $1::int AND e.event_id IN (SELECT g.event_id FROM gone g)
        AND NOT EXISTS (
            SELECT 1 FROM foundation.webhook_delivery o
            WHERE o.tenant_id = $1::int AND o.event_id = e.event_id
                AND o.delivery_id NOT IN (SELECT g.delivery_id FROM gone g)
        )
)

SELECT count(*)::int FROM gone
