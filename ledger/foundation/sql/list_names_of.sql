-- Purpose: what people are called.
-- Parameters: $1 tenant int; $2 member_id uuid[], of that tenant; $3 person_id bigint[];
--   $4 caller_id int[].
-- Result: display_name. Locks: none. Errors: none.
SELECT p.display_name
FROM foundation.person AS p
WHERE p.person_id = ANY ($3::bigint[]) OR p.caller_id = ANY ($4::int[])
UNION
SELECT p.display_name
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE m.tenant_id = $1::int AND m.member_id = ANY ($2::uuid[])
