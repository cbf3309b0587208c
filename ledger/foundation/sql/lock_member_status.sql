-- Purpose: the standing of a member, held until another one is written.
-- Parameters: $1 tenant int; $2 member uuid.
-- Result: status, person_id, joined_on, erased_at of the person (null: not); at most one row.
-- Locks: the row. Errors: none.
SELECT m.status, m.person_id, m.joined_on, p.erased_at
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE m.tenant_id = $1::int AND m.member_id = $2::uuid
FOR NO KEY UPDATE OF m
