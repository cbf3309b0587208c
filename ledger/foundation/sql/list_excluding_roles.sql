-- Purpose: the roles that somebody cannot be given in a place, each with a role held against it.
-- Parameters: $1 caller int; $2 tenant int or null; $3 unit uuid or null; $4 from timestamptz;
--   $5 to timestamptz or null.
-- Result: role_code, held_code. Locks: none. Errors: none.
SELECT x.role_code, x.held_code
FROM foundation.excluding_roles(
    $1::int, $2::int, $3::uuid, $4::timestamptz, $5::timestamptz
) AS x
ORDER BY x.role_code, x.held_code
