-- Purpose: claim an idempotency key for a write that is not a posting.
-- Parameters: $1 tenant int; $2 caller_id int; $3 key uuid; $4 route text; $5 fingerprint bytea;
--   $6 sent bytea, digests of the fields as JSON.
-- Result: key; no row when it is claimed, after waiting for a concurrent claim to end.
-- Locks: the key. Errors: none.
INSERT INTO foundation.api_command (tenant_id, caller_id, key, route, fingerprint, sent)
VALUES ($1::int, $2::int, $3::uuid, $4::text, $5::bytea, $6::bytea)
ON CONFLICT (tenant_id, caller_id, key) DO NOTHING
RETURNING key
