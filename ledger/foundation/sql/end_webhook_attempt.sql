-- Purpose: write down how an attempt ended, unless somebody has asked for a replay meanwhile.
-- Parameters: $1 tenant int; $2 delivery_id uuid; $3 attempts int, as claimed; $4 state text;
--   $5 next attempt timestamptz; $6 status smallint or null; $7 fault text or null.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.webhook_delivery
SET state = $4::text, next_attempt_at = $5::timestamptz, status = $6::smallint, fault = $7::text
WHERE tenant_id = $1::int AND delivery_id = $2::uuid AND attempts = $3::int AND state = 'due'
