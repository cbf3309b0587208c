-- Purpose: let a delivery be tried again from the beginning.
-- Parameters: $1 tenant int; $2 endpoint_id uuid; $3 delivery_id uuid; $4 at timestamptz.
-- Result: delivery_id, unless there is none. Locks: the row. Errors: none.
UPDATE foundation.webhook_delivery
SET state = 'due', next_attempt_at = $4::timestamptz, first_due_at = $4::timestamptz, attempts = 0
WHERE tenant_id = $1::int AND endpoint_id = $2::uuid AND delivery_id = $3::uuid
RETURNING delivery_id
