-- Purpose: the sealed webhook secrets of a tenant, with the secret of ours that each is under.
-- Parameters: $1 tenant int.
-- Result: key_id (of the webhook secret), sealed, under (id of our secret). Locks: none.
-- Errors: none.
SELECT s.key_id, s.sealed, substring(s.sealed FROM 2 FOR 4) AS under
FROM foundation.webhook_secret AS s
WHERE s.tenant_id = $1::int
ORDER BY s.key_id
