-- Purpose: grants of one role about a member that are in force or still to come.
-- Parameters: $1 tenant int; $2 member uuid; $3 role text; $4 now timestamptz.
-- Result: grant_id. Locks: none. Errors: none.
SELECT g.grant_id
FROM foundation.role_grant AS g
WHERE
    g.scope_tenant_id = $1::int
    AND g.object_id = $2::uuid
    AND g.role_code = $3::text
    AND (g.valid_to IS NULL OR g.valid_to > $4::timestamptz)
ORDER BY g.grant_id
