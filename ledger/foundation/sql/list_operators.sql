-- Purpose: who works, or worked, at a merchant's counter: people and systems; the present first.
-- Parameters: $1 tenant int; $2 merchant uuid; $3 now timestamptz; $4 limit int;
--   $5 grant uuid after which the page begins, or null; $6 grant uuid of the one wanted, or null.
-- Result: grant_id, display_name and volunteer_no (null: a system), valid_from, valid_to (null:
--   goes on), is_open. Locks: none. Errors: none.
SELECT
    g.grant_id,
    p.display_name,
    p.volunteer_no,
    g.valid_from,
    g.valid_to,
    g.valid_to IS NULL OR g.valid_to > $3::timestamptz AS is_open
FROM foundation.role_grant AS g
LEFT JOIN foundation.person AS p ON g.caller_id = p.caller_id
WHERE
    g.scope_tenant_id = $1::int
    AND g.object_id = $2::uuid
    AND g.role_code = 'merchant_operator'
    AND ($6::uuid IS NULL OR g.grant_id = $6::uuid)
    AND ($5::uuid IS NULL OR EXISTS (
        SELECT 1
        FROM foundation.role_grant AS a
        WHERE
            a.scope_tenant_id = g.scope_tenant_id
            AND a.grant_id = $5::uuid
            AND (
                coalesce(g.valid_to, 'infinity') < coalesce(a.valid_to, 'infinity')
                OR (
                    g.valid_to IS NOT DISTINCT FROM a.valid_to
                    AND g.grant_id > a.grant_id
                )
            )
    ))
ORDER BY g.valid_to DESC NULLS FIRST, g.grant_id
LIMIT $4::int
