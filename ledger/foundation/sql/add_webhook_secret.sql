-- Purpose: a new secret of an endpoint; those before it sign beside it until a moment.
-- Parameters: $1 tenant int; $2 endpoint_id uuid; $3 key_id uuid; $4 sealed bytea; $5 at
--   timestamptz; $6 end of the earlier ones timestamptz.
-- Result: none. Locks: the endpoint's secrets. Errors: none.
WITH earlier AS (
    UPDATE foundation.webhook_secret
    SET ends_at = least(coalesce(ends_at, $6::timestamptz), $6::timestamptz)
    WHERE tenant_id = $1::int AND endpoint_id = $2::uuid
)
INSERT INTO foundation.webhook_secret (tenant_id, key_id, endpoint_id, sealed, created_at)
VALUES ($1::int, $3::uuid, $2::uuid, $4::bytea, $5::timestamptz)
