-- Purpose: the roles that a person holds in a tenant at a moment.
-- Parameters: $1 tenant int; $2 person bigint; $3 now timestamptz.
-- Result: role_code, object_id, valid_from. Locks: none. Errors: none.
SELECT g.role_code, g.object_id, g.valid_from
FROM foundation.role_grant AS g
INNER JOIN foundation.person AS p ON g.caller_id = p.caller_id
WHERE
    p.person_id = $2::bigint
    AND g.scope_tenant_id = $1::int
    AND g.valid_from <= $3::timestamptz
    AND (g.valid_to IS NULL OR g.valid_to > $3::timestamptz)
ORDER BY g.role_code, g.grant_id
LIMIT 100
