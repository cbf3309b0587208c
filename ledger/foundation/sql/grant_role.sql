-- Purpose: give a role to a caller; the same open grant is given once.
-- Parameters: $1 grant_id uuid; $2 caller_id int; $3 role_code text; $4 tenant int or null;
--   $5 object uuid or null; $6 valid_from timestamptz; $7 granted_by int.
-- Result: grant_id of the open grant, new or existing.
-- Locks: the row of the unique index grant_is_given_once. Errors: none.
INSERT INTO foundation.role_grant (
    grant_id, caller_id, role_code, scope_tenant_id, object_id, valid_from, granted_by
)
VALUES ($1::uuid, $2::int, $3::text, $4::int, $5::uuid, $6::timestamptz, $7::int)
ON CONFLICT (caller_id, role_code, scope_tenant_id, object_id) WHERE valid_to IS NULL
DO UPDATE SET valid_from = least(role_grant.valid_from, excluded.valid_from)
RETURNING grant_id
