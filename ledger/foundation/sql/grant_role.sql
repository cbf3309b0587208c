-- Purpose: give a role to a caller; the same open grant is given once.
-- Parameters: as foundation.give_role.
-- Result: grant_id, refusal (null: given), other_role that stands against it.
-- Locks: the caller. Errors: 23503 for an unknown unit.
SELECT g.grant_id, g.refusal, g.other_role
FROM foundation.give_role(
    $1::uuid, $2::int, $3::text, $4::int, $5::uuid, $6::uuid, $7::timestamptz, $8::timestamptz,
    $9::int, $10::uuid
) AS g
