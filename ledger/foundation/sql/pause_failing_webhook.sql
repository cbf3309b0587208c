-- Purpose: pause an endpoint to which nothing was delivered since a moment, unless it was set up or
--   resumed after it.
-- Parameters: $1 tenant int; $2 endpoint_id uuid; $3 since timestamptz; $4 at timestamptz.
-- Result: url, unless it stays as it is. Locks: the row. Errors: none.
UPDATE foundation.webhook_endpoint e
SET state = 'paused', paused_by_itself = TRUE, changed_at = $4::timestamptz
WHERE e.tenant_id = $1::int AND e.endpoint_id = $2::uuid AND e.state = 'active'
    AND e.changed_at <= $3::timestamptz
    AND NOT EXISTS (
        SELECT 1 FROM foundation.webhook_delivery d
        WHERE d.tenant_id = $1::int AND d.endpoint_id = $2::uuid AND d.state = 'delivered'
            AND d.attempted_at > $3::timestamptz
    )
RETURNING e.url
