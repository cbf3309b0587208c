-- Purpose: as whom a member's person sends commands.
-- Parameters: $1 tenant int; $2 member uuid.
-- Result: caller_id. Locks: none. Errors: none.
SELECT p.caller_id
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE m.tenant_id = $1::int AND m.member_id = $2::uuid
