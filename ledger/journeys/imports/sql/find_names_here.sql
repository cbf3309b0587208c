-- Purpose: which of these names members of a programme have.
-- Parameters: $1 tenant int; $2 names text[].
-- Result: display_name. Locks: none. Errors: none.
SELECT DISTINCT p.display_name
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE m.tenant_id = $1::int AND p.display_name = ANY ($2::text[])
