-- Purpose: the latest day on which an API key was used.
-- Parameters: $1 key_hash bytea; $2 day date.
-- Result: none. Locks: the row, once a day. Errors: none.
UPDATE foundation.api_key
SET last_used_on = $2::date
WHERE key_hash = $1::bytea AND (last_used_on IS NULL OR last_used_on < $2::date)
