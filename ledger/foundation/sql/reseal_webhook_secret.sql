-- Purpose: put a webhook secret under another secret of ours.
-- Parameters: $1 tenant int; $2 key_id uuid; $3 sealed bytea; $4 sealed bytea as it was read.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.webhook_secret SET sealed = $3::bytea
WHERE tenant_id = $1::int AND key_id = $2::uuid AND sealed = $4::bytea
