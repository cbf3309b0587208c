-- Purpose: whether a key was used by a write that is not a posting.
-- Parameters: $1 tenant int; $2 caller_id int; $3 key uuid.
-- Result: key; or no row. Locks: none. Errors: none.
SELECT key
FROM foundation.api_command
WHERE tenant_id = $1::int AND caller_id = $2::int AND key = $3::uuid
