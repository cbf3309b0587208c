-- Purpose: the standing of a till, held until another one is written, and that of its merchant.
-- Parameters: $1 tenant int; $2 terminal uuid.
-- Result: status, merchant_status; at most one row. Locks: the till's row. Errors: none.
SELECT
    t.status,
    m.status AS merchant_status
FROM foundation.merchant_terminal AS t
INNER JOIN foundation.merchant AS m
    ON t.tenant_id = m.tenant_id AND t.merchant_id = m.merchant_id
WHERE t.tenant_id = $1::int AND t.terminal_id = $2::uuid
FOR NO KEY UPDATE OF t
