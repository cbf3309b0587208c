-- Purpose: the standing of a member, held until another one is written.
-- Parameters: $1 tenant int; $2 member uuid.
-- Result: status, person_id, joined_on; at most one row. Locks: the row. Errors: none.
SELECT status, person_id, joined_on
FROM foundation.member
WHERE tenant_id = $1::int AND member_id = $2::uuid
FOR NO KEY UPDATE
