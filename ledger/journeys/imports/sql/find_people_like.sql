-- Purpose: people with one of these telephones or identity numbers, and whether they are members.
-- Parameters: $1 tenant int; $2 phone_index bytea[]; $3 id_number_index bytea[].
-- Result: as ledger.foundation.people.Person, then phone_index, id_number_index, is_identified (an
--   identity number is on record), member_id, branch_id and status or null, data_key.
-- Locks: none. Errors: none.
SELECT
    p.person_id,
    p.public_id,
    p.caller_id,
    p.display_name,
    p.volunteer_no,
    p.phone_index,
    p.id_number_index,
    p.id_number_sealed IS NOT NULL AS is_identified,
    m.member_id,
    m.branch_id,
    m.status,
    p.data_key
FROM foundation.person AS p
LEFT JOIN foundation.member AS m ON m.tenant_id = $1::int AND p.person_id = m.person_id
WHERE
    p.erased_at IS NULL AND p.data_key IS NOT NULL
    AND (p.phone_index = ANY ($2::bytea[]) OR p.id_number_index = ANY ($3::bytea[]))
