-- Purpose: all API keys in force, the newest first.
-- Parameters: $1 now timestamptz.
-- Result: api_key_id, caller_id, name, hint, scopes, created_at, expires_at.
-- Locks: none. Errors: none.
SELECT api_key_id, caller_id, name, hint, scopes, created_at, expires_at
FROM foundation.api_key
WHERE revoked_at IS NULL AND expires_at > $1::timestamptz
ORDER BY created_at DESC, api_key_id
