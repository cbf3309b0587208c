-- Purpose: move the ends of a minor's guardianships and of the roles that they gave.
-- Parameters: as foundation.move_majority.
-- Result: tenant_id, guardianship_id, guardian_id, is_over; a row for each that moved.
-- Locks: the guardianships, then the grants. Errors: none.
SELECT m.tenant_id, m.guardianship_id, m.guardian_id, m.is_over
FROM foundation.move_majority($1::bigint, $2::date, $3::timestamptz, $4::int, $5::text) AS m
