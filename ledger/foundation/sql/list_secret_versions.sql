-- Purpose: the secrets that were ever noted, the latest first.
-- Parameters: none.
-- Result: key_id, activated_at, retired_at. Locks: none. Errors: none.
SELECT key_id, activated_at, retired_at
FROM foundation.secret_version
ORDER BY activated_at DESC, key_id
