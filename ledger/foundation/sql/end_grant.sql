-- Purpose: end a grant that is in force or still to come.
-- Parameters: as foundation.end_role.
-- Result: caller_id, role_code, scope_tenant_id, refusal (null: ended); no row when it is over.
-- Locks: the grant. Errors: none.
SELECT g.caller_id, g.role_code, g.scope_tenant_id, g.refusal
FROM foundation.end_role(
    $1::uuid, $2::timestamptz, $3::int, $4::text, $5::uuid, $6::int
) AS g
