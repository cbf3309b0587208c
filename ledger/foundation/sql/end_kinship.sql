-- Purpose: end a kinship of a member, seen from either side.
-- Parameters: $1 tenant int; $2 kinship uuid; $3 member uuid; $4 ends_on date; $5 reason text;
--   $6 caller int.
-- Result: person_ids bigint[] of the two, where members; no row when there is no such open one.
-- Locks: the row. Errors: 23514 before it began (kinship_ends_after_it_began).
UPDATE foundation.kinship AS k
SET ends_on = $4::date, end_reason = $5::text, ended_by = $6::int
WHERE
    k.tenant_id = $1::int
    AND k.kinship_id = $2::uuid
    AND (k.member_id = $3::uuid OR k.relative_member_id = $3::uuid)
    AND k.ends_on IS NULL
RETURNING ARRAY(
    SELECT m.person_id
    FROM foundation.member AS m
    WHERE m.tenant_id = $1::int AND m.member_id IN (k.member_id, k.relative_member_id)
) AS person_ids
