-- Purpose: a role and whether some of its permissions reach one object only.
-- Parameters: $1 role_code text.
-- Result: role_code, is_sensitive, needs_object, permissions; no row for an unknown role.
-- Locks: none. Errors: none.
SELECT
    r.role_code,
    r.is_sensitive,
    bool_or(p.is_limited) AS needs_object,
    array_agg(p.permission) AS permissions
FROM foundation.role AS r
INNER JOIN foundation.role_permission AS p ON r.role_code = p.role_code
WHERE r.role_code = $1::text
GROUP BY r.role_code
