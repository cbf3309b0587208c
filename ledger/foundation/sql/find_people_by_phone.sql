-- Purpose: people with a telephone number, by its blind index.
-- Parameters: $1 phone_index bytea[], one for each secret in force.
-- Result: person_id, public_id, caller_id, display_name, volunteer_no; families share telephones.
-- Locks: none. Errors: none.
SELECT person_id, public_id, caller_id, display_name, volunteer_no
FROM foundation.person
WHERE phone_index = ANY ($1::bytea[])
ORDER BY person_id
