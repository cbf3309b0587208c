-- Purpose: API keys in force, the newest first.
-- Parameters: $1 now timestamptz; $2 caller_id int: all of this caller alone, or null: 500 of all.
-- Result: api_key_id, caller_id, name, hint, scopes, expires_at, last_used_on, replaced_by, holder
--   (null: a system), place (null: a person's, or several places). Locks: none. Errors: none.
SELECT
    k.api_key_id,
    k.caller_id,
    k.name,
    k.hint,
    k.scopes,
    k.expires_at,
    k.last_used_on,
    k.replaced_by,
    p.display_name AS holder,
    CASE WHEN p.person_id IS NULL THEN (
        SELECT CASE WHEN count(*) = 1 THEN min(COALESCE(r.name, e.name)) END
        FROM foundation.role_grant AS g
        LEFT JOIN foundation.programme AS r ON g.scope_tenant_id = r.scope_tenant_id
        LEFT JOIN foundation.estate AS e ON g.scope_tenant_id = e.scope_tenant_id
        WHERE g.caller_id = k.caller_id AND g.valid_to IS NULL
    ) END AS place
FROM foundation.api_key AS k
LEFT JOIN foundation.person AS p ON k.caller_id = p.caller_id
WHERE
    k.revoked_at IS NULL
    AND k.expires_at > $1::timestamptz
    AND ($2::int IS NULL OR k.caller_id = $2::int)
ORDER BY k.created_at DESC, k.api_key_id
LIMIT CASE WHEN $2::int IS NULL THEN 500 END
