-- Purpose: grants of a caller that are in force or still to come.
-- Parameters: $1 caller_id int; $2 moment timestamptz.
-- Result: grant_id. Locks: none. Errors: none.
SELECT g.grant_id
FROM foundation.role_grant AS g
WHERE g.caller_id = $1::int AND (g.valid_to IS NULL OR g.valid_to > $2::timestamptz)
ORDER BY g.grant_id
