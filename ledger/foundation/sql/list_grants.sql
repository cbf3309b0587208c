-- Purpose: who holds which role, the newest grant first.
-- Parameters: $1 tenant int or null: only what reaches it; $2 person bigint or null; $3 grant uuid
--   or null; $4 only those in force or to come boolean; $5 day for units date; $6 grant after which
--   the page begins, or null; $7 page size int; $8 roles text[] or null: only these.
-- Result: grants with the person (null: a connected system) and the unit's name on that day.
-- Locks: none. Errors: none.
SELECT
    g.grant_id, g.role_code, g.caller_id, p.public_id AS person_id, p.display_name,
    p.volunteer_no, g.scope_tenant_id, g.org_unit_id, g.object_id, g.valid_from, g.valid_to,
    g.granted_by, g.ended_by, g.end_reason, g.approval_id,
    (
        SELECT l.name FROM foundation.org_unit_placement AS l
        WHERE l.org_unit_id = g.org_unit_id AND l.valid_from <= $5::date
        ORDER BY l.valid_from DESC
        LIMIT 1
    ) AS unit_name
FROM foundation.role_grant AS g
LEFT JOIN foundation.person AS p ON g.caller_id = p.caller_id
WHERE
    (
        $1::int IS NULL
        OR g.scope_tenant_id = $1::int
        OR (g.scope_tenant_id IS NULL AND g.org_unit_id IS NULL)
        OR $1::int IN (
            SELECT t.scope_tenant_id FROM foundation.tenants_in_unit(g.org_unit_id, $5::date) AS t
        )
    )
    AND ($2::bigint IS NULL OR p.person_id = $2::bigint)
    AND ($3::uuid IS NULL OR g.grant_id = $3::uuid)
    AND (NOT $4::boolean OR g.valid_to IS NULL OR g.valid_to > now())
    AND ($6::uuid IS NULL OR g.grant_id < $6::uuid)
    AND ($8::text[] IS NULL OR g.role_code = ANY($8::text[]))
ORDER BY g.grant_id DESC
LIMIT $7::int
