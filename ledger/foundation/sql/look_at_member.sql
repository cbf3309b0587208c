-- Purpose: whether somebody may act for a member: whose it is, and how it stands.
-- Parameters: $1 tenant int; $2 member uuid.
-- Result: caller_id, status, is_erased; no row: not a member here.
-- Locks: none. Errors: none.
SELECT p.caller_id, m.status, p.data_key IS NULL AS is_erased
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE m.tenant_id = $1::int AND m.member_id = $2::uuid
