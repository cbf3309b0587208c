-- Purpose: the secrets with which a delivery is signed now, the newest first.
-- Parameters: $1 tenant int; $2 endpoint_id uuid; $3 now timestamptz.
-- Result: key_id, sealed. Locks: none. Errors: none.
SELECT s.key_id, s.sealed
FROM foundation.webhook_secret s
WHERE s.tenant_id = $1::int AND s.endpoint_id = $2::uuid
    AND (s.ends_at IS NULL OR s.ends_at > $3::timestamptz)
ORDER BY s.created_at DESC, s.key_id
