-- Purpose: the endpoints of a tenant that were not removed, with how their deliveries stand.
-- Parameters: $1 tenant int; $2 endpoint_id uuid, or null: all.
-- Result: endpoint_id, url, events, state, paused_by_itself, created_at, due, dead. Locks: none.
-- Errors: none.
SELECT
    e.endpoint_id, e.url, e.events, e.state, e.paused_by_itself, e.created_at,
    count(*) FILTER (WHERE d.state = 'due') AS due,
    count(*) FILTER (WHERE d.state = 'dead') AS dead
FROM foundation.webhook_endpoint e
LEFT JOIN foundation.webhook_delivery d
    ON d.tenant_id = e.tenant_id AND d.endpoint_id = e.endpoint_id AND d.state <> 'delivered'
WHERE e.tenant_id = $1::int AND e.state <> 'removed'
    AND ($2::uuid IS NULL OR e.endpoint_id = $2::uuid)
GROUP BY e.endpoint_id, e.url, e.events, e.state, e.paused_by_itself, e.created_at
ORDER BY e.created_at
