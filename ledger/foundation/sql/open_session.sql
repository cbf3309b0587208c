-- Purpose: sign a browser in.
-- Parameters: $1 token_hash bytea; $2 session_id uuid; $3 person_id bigint; $4 now timestamptz;
--   $5 idle time in seconds int; $6 absolute_ends_at timestamptz; $7 method text; $8 device text or
--   null; $9 address text or null.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.session (
    token_hash, session_id, person_id, last_seen_at, idle_seconds, absolute_ends_at, proved_at,
    method, device, address
)
VALUES (
    $1::bytea, $2::uuid, $3::bigint, $4::timestamptz, $5::int, $6::timestamptz, $4::timestamptz,
    $7::text, $8::text, $9::text
)
