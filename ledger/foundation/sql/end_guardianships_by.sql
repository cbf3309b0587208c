-- Purpose: end the guardianships of whoever cannot be a guardian, in every programme.
-- Parameters: as foundation.end_guardianships_by.
-- Result: tenant_id, guardianship_id, ward_person_id, grant_id (null: not confirmed).
-- Locks: the guardianships. Errors: none.
SELECT g.tenant_id, g.guardianship_id, g.ward_person_id, g.grant_id
FROM foundation.end_guardianships_by($1::bigint, $2::timestamptz, $3::int, $4::text) AS g
