-- Purpose: an API key in force.
-- Parameters: $1 key_hash bytea; $2 now timestamptz.
-- Result: api_key_id, caller_id, name, scopes (null: its grants alone), expires_at; or no row.
-- Locks: none. Errors: none.
SELECT api_key_id, caller_id, name, scopes, expires_at
FROM foundation.api_key
WHERE key_hash = $1::bytea AND revoked_at IS NULL AND expires_at > $2::timestamptz
