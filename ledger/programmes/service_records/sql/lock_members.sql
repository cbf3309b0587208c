-- Purpose: hold members, so that what they store is compared with the cap by one run at a time.
-- Parameters: $1 tenant int; $2 member ids uuid[].
-- Result: member_id. Locks: the rows, by id. Errors: none.
SELECT member_id
FROM foundation.member
WHERE tenant_id = $1::int AND member_id = any($2::uuid[])
ORDER BY member_id
FOR NO KEY UPDATE
