-- Purpose: what the roles of a caller permit somewhere, now or later.
-- Parameters: $1 caller_id int; $2 moment timestamptz: grants that are over by then are left out.
-- Result: permission, is_sensitive (some role with it is). Locks: none. Errors: none.
SELECT
    p.permission,
    bool_or(r.is_sensitive) AS is_sensitive
FROM foundation.role_grant AS g
INNER JOIN foundation.role AS r ON g.role_code = r.role_code
INNER JOIN foundation.role_permission AS p ON g.role_code = p.role_code
WHERE g.caller_id = $1::int AND (g.valid_to IS NULL OR g.valid_to > $2::timestamptz)
GROUP BY p.permission
