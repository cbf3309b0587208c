-- Purpose: an API key as it stands, held until it is ended or replaced.
-- Parameters: $1 api_key_id uuid.
-- Result: caller_id, name, scopes, created_at, expires_at, revoked_at, replaced_by; at most one
--   row.
-- Locks: the row. Errors: none.
SELECT caller_id, name, scopes, created_at, expires_at, revoked_at, replaced_by
FROM foundation.api_key
WHERE api_key_id = $1::uuid
FOR NO KEY UPDATE
