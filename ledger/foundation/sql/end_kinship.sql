-- Purpose: end a kinship of a member, seen from either side.
-- Parameters: $1 tenant int; $2 kinship uuid; $3 member uuid; $4 ends_on date; $5 reason text;
--   $6 caller int.
-- Result: kinship_id; no row when there is no such open one.
-- Locks: the row. Errors: 23514 before it began (kinship_ends_after_it_began).
UPDATE foundation.kinship
SET ends_on = $4::date, end_reason = $5::text, ended_by = $6::int
WHERE
    tenant_id = $1::int
    AND kinship_id = $2::uuid
    AND (member_id = $3::uuid OR relative_member_id = $3::uuid)
    AND ends_on IS NULL
RETURNING kinship_id
