-- Purpose: one line of the audit log for each person who was enrolled, so that she can read it.
-- Parameters: $1 tenant_id int; $2 member_id uuid[]; $3 person_id bigint[]; $4 caller_id int, who
--   confirmed; $5 at timestamptz; $6 reason text; $7 request_id text or null; $8 address text or
--   null.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.audit_log (
    at, caller_id, behalf_person_id, scope_tenant_id, action, object_kind, object_id, reason,
    request_id, address
)
SELECT
    $5::timestamptz,
    $4::int,
    u.person_id,
    $1::int,
    'member.enrol',
    'member',
    u.member_id::text,
    $6::text,
    $7::text,
    $8::text
FROM unnest($2::uuid[], $3::bigint[]) AS u (member_id, person_id)
