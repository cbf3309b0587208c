-- Purpose: one line of the audit log.
-- Parameters: $1 at timestamptz; $2 caller_id int; $3 behalf_person_id bigint or null;
--   $4 tenant int or null; $5 action text; $6 object_kind text or null; $7 object_id text or null;
--   $8 reason text or null; $9 request_id text or null; $10 address of the client text or null.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.audit_log (
    at, caller_id, behalf_person_id, scope_tenant_id, action, object_kind, object_id, reason,
    request_id, address
)
VALUES (
    $1::timestamptz, $2::int, $3::bigint, $4::int, $5::text, $6::text, $7::text, $8::text, $9::text,
    $10::text
)
