-- Purpose: let new members live in households, by number.
-- Parameters: $1 tenant int; of each: $2 number text[]; $3 member uuid[]; $4 begins_on date[];
--   $5 caller int, of all.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.household_member (
    tenant_id, household_id, member_id, begins_on, entered_by
)
SELECT $1::int, h.household_id, u.member_id, u.begins_on, $5::int
FROM unnest($2::text[], $3::uuid[], $4::date[]) AS u (number, member_id, begins_on)
INNER JOIN foundation.household AS h ON h.tenant_id = $1::int AND u.number = h.number
