-- Purpose: one line of the audit log for what somebody does for a member, unless it is herself.
-- Parameters: $1 tenant_id int; $2 member_id uuid; $3 caller_id int; $4 at timestamptz;
--   $5 action text; $6 object_kind text; $7 object_id text; $8 reason text or null: the ground
--   that the transaction was given, if any;
--   $9 request_id text or null; $10 address of the client text or null.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.audit_log (
    at, caller_id, behalf_person_id, scope_tenant_id, action, object_kind, object_id, reason,
    request_id, address
)
SELECT
    $4::timestamptz,
    $3::int,
    p.person_id,
    m.tenant_id,
    $5::text,
    $6::text,
    $7::text,
    coalesce($8::text, nullif(current_setting('gongzhang.ground', true), '')),
    $9::text,
    $10::text
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE m.tenant_id = $1::int AND m.member_id = $2::uuid AND p.caller_id <> $3::int
