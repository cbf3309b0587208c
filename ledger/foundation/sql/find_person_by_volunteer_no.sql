-- Purpose: a person by the uniform volunteer number.
-- Parameters: $1 volunteer_no text.
-- Result: person_id, public_id, caller_id, display_name, volunteer_no; at most one row.
-- Locks: none. Errors: none.
SELECT person_id, public_id, caller_id, display_name, volunteer_no
FROM foundation.person
WHERE volunteer_no = $1::text
