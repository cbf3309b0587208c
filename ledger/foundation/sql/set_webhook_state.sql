-- Purpose: pause, resume or remove an endpoint.
-- Parameters: $1 tenant int; $2 endpoint_id uuid; $3 state text; $4 at timestamptz.
-- Result: endpoint_id, unless there is none. Locks: the row. Errors: none.
UPDATE foundation.webhook_endpoint
SET state = $3::text, changed_at = $4::timestamptz, paused_by_itself = FALSE
WHERE tenant_id = $1::int AND endpoint_id = $2::uuid AND state <> 'removed'
RETURNING endpoint_id
