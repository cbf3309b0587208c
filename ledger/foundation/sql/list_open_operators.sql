-- Purpose: the grants with which people and systems work at a merchant's counter.
-- Parameters: $1 tenant int; $2 merchant uuid; $3 now timestamptz.
-- Result: grant_id. Locks: none. Errors: none.
SELECT g.grant_id
FROM foundation.role_grant AS g
WHERE
    g.scope_tenant_id = $1::int
    AND g.object_id = $2::uuid
    AND g.role_code = 'merchant_operator'
    AND (g.valid_to IS NULL OR g.valid_to > $3::timestamptz)
ORDER BY g.grant_id
