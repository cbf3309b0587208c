-- Purpose: people who may be the same human being, by telephone or identity number.
-- Parameters: $1 phone_index bytea[] or null; $2 id_number_index bytea[] or null; one
--   for each secret in force.
-- Result: person_id, public_id, caller_id, display_name, volunteer_no, has_id_number (the identity
--   number is the same), is_identified (one is on record). Locks: none. Errors: none.
SELECT
    person_id,
    public_id,
    caller_id,
    display_name,
    volunteer_no,
    coalesce(id_number_index = ANY ($2::bytea[]), FALSE) AS has_id_number,
    id_number_sealed IS NOT NULL AS is_identified
FROM foundation.person
WHERE erased_at IS NULL AND (phone_index = ANY ($1::bytea[]) OR id_number_index = ANY ($2::bytea[]))
ORDER BY has_id_number DESC, person_id
LIMIT 20
