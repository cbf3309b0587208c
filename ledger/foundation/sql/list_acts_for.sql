-- Purpose: what others did for a person, the latest first.
-- Parameters: $1 person_id bigint; $2 audit_id bigint: older than this one, or null; $3 limit int.
-- Result: audit_id, at, action, actor (null: no person), place (null: none), reason,
--   what it was done to: object_kind, object_id; tenant_id, programme_id (null: in no programme).
-- Locks: none. Errors: none.
SELECT
    a.audit_id,
    a.at,
    a.action,
    p.display_name AS actor,
    COALESCE(g.name, e.name) AS place,
    a.reason,
    a.object_kind,
    a.object_id,
    g.scope_tenant_id AS tenant_id,
    g.public_id AS programme_id
FROM foundation.audit_log AS a
LEFT JOIN foundation.person AS p ON a.caller_id = p.caller_id
LEFT JOIN foundation.programme AS g ON a.scope_tenant_id = g.scope_tenant_id
LEFT JOIN foundation.estate AS e ON a.scope_tenant_id = e.scope_tenant_id
WHERE
    a.behalf_person_id = $1::bigint
    AND p.person_id IS DISTINCT FROM a.behalf_person_id
    AND ($2::bigint IS NULL OR a.audit_id < $2::bigint)
ORDER BY a.audit_id DESC
LIMIT $3::int
