-- Purpose: the standing of a till, held until another one is written.
-- Parameters: $1 tenant int; $2 terminal uuid.
-- Result: status; at most one row. Locks: the row. Errors: none.
SELECT status
FROM foundation.merchant_terminal
WHERE tenant_id = $1::int AND terminal_id = $2::uuid
FOR NO KEY UPDATE
