-- Purpose: the first command under a key, with its answer.
-- Parameters: $1 tenant int; $2 caller_id int; $3 key uuid.
-- Result: route, fingerprint, sent, status, response.
-- Locks: the key. Errors: none.
-- Why an UPDATE: a replay must wait for durability like the first answer (a write makes the commit
--   wait for the synchronous standby; reading does not).
UPDATE foundation.api_command
SET replays = replays + 1
WHERE tenant_id = $1::int AND caller_id = $2::int AND key = $3::uuid
RETURNING route, fingerprint, sent, status, response
