-- Purpose: roles in force in which a person answers for others, or signs.
-- Parameters: $1 caller_id int; $2 moment timestamptz.
-- Result: role_code. Locks: none. Errors: none.
SELECT DISTINCT g.role_code
FROM foundation.role_grant AS g
INNER JOIN foundation.role AS r ON g.role_code = r.role_code
WHERE
    g.caller_id = $1::int
    AND (g.valid_to IS NULL OR g.valid_to > $2::timestamptz)
    AND (
        r.is_sensitive
        OR g.role_code IN (
            'branch_secretary', 'community_staff', 'guardian', 'owners_supervisor',
            'subdistrict_staff'
        )
    )
ORDER BY g.role_code
