-- Purpose: note that secrets are not accepted any more.
-- Parameters: $1 key_id bytea[] still in force; $2 retired_at timestamptz.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.secret_version SET retired_at = $2::timestamptz
WHERE retired_at IS NULL AND key_id <> ALL ($1::bytea[])
