-- Purpose: members of a programme, held until what is decided about them is written.
-- Parameters: $1 tenant int; $2 member ids uuid[].
-- Result: member_id, person_id, volunteer_no, status, caller_id, data_key (null once erased).
-- Locks: the members, in order of their ids. Errors: none.
SELECT m.member_id, m.person_id, p.volunteer_no, m.status, p.caller_id, p.data_key
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE m.tenant_id = $1::int AND m.member_id = any($2::uuid [])
ORDER BY m.member_id
FOR NO KEY UPDATE OF m
