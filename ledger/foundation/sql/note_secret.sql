-- Purpose: note since when a secret is the current one; known ones stay as they are.
-- Parameters: $1 key_id bytea; $2 activated_at timestamptz.
-- Result: none. Locks: the row. Errors: none.
INSERT INTO foundation.secret_version (key_id, activated_at)
VALUES ($1::bytea, $2::timestamptz)
ON CONFLICT (key_id) DO NOTHING
