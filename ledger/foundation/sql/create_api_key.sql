-- Purpose: a new API key.
-- Parameters: $1 key_hash bytea; $2 api_key_id uuid; $3 caller_id int; $4 name text; $5 hint text;
--   $6 scopes text[] or null; $7 created_by int; $8 expires_at timestamptz.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.api_key (
    key_hash, api_key_id, caller_id, name, hint, scopes, created_by, expires_at
)
VALUES (
    $1::bytea, $2::uuid, $3::int, $4::text, $5::text, $6::text [], $7::int, $8::timestamptz
)
