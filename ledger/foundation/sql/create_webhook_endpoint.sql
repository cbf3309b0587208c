-- Purpose: a new endpoint, active at once.
-- Parameters: $1 tenant int; $2 endpoint_id uuid; $3 url text; $4 events text[]; $5 caller_id int;
--   $6 at timestamptz.
-- Result: none. Locks: the new row. Errors: none.
INSERT INTO foundation.webhook_endpoint (
    tenant_id, endpoint_id, url, events, state, created_by, created_at, changed_at
)
VALUES (
    $1::int, $2::uuid, $3::text, $4::text[], 'active', $5::int, $6::timestamptz, $6::timestamptz
)
