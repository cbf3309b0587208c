-- Purpose: members of this programme with the callers of their persons.
-- Parameters: $1 tenant int; $2 member ids uuid[].
-- Result: member_id, caller_id, status.
-- Locks: none. Errors: none.
SELECT m.member_id, p.caller_id, m.status
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE m.tenant_id = $1::int AND m.member_id = any($2::uuid[])
