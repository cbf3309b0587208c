-- Purpose: another standing of a till.
-- Parameters: $1 tenant int; $2 terminal uuid; $3 status text.
-- Result: none. Locks: the row. Errors: till_status_is_known.
UPDATE foundation.merchant_terminal
SET status = $3::text
WHERE tenant_id = $1::int AND terminal_id = $2::uuid
