-- Purpose: a person by public id, by internal id, or by caller; the others null.
-- Parameters: $1 public_id uuid or null; $2 person_id bigint or null; $3 caller_id int or null.
-- Result: person_id, public_id, caller_id, display_name, volunteer_no; at most one row.
-- Locks: none. Errors: none.
SELECT person_id, public_id, caller_id, display_name, volunteer_no
FROM foundation.person
WHERE public_id = $1::uuid OR person_id = $2::bigint OR caller_id = $3::int
