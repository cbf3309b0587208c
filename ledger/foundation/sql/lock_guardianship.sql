-- Purpose: an open guardianship of a ward, held until it is confirmed.
-- Parameters: $1 tenant int; $2 guardianship uuid; $3 ward member uuid.
-- Result: person_id, ward_person_id, kind, grant_id (null: not confirmed), verifying_person (null:
--   a system wrote it down); at most one row. Locks: the row. Errors: none.
SELECT
    g.person_id,
    m.person_id AS ward_person_id,
    g.kind,
    g.grant_id,
    p.person_id AS verifying_person
FROM foundation.guardianship AS g
INNER JOIN foundation.member AS m ON g.tenant_id = m.tenant_id AND g.ward_member_id = m.member_id
LEFT JOIN foundation.person AS p ON g.verified_by = p.caller_id
WHERE
    g.tenant_id = $1::int
    AND g.guardianship_id = $2::uuid
    AND g.ward_member_id = $3::uuid
    AND g.ends_on IS NULL
FOR NO KEY UPDATE OF g
