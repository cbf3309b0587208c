-- Purpose: new households, many at once.
-- Parameters: $1 tenant int; of each: $2 household_id uuid[]; $3 number text[]; $4 head uuid[];
--   $5 caller int, of all.
-- Result: none; a number that is taken is left as it is. Locks: none. Errors: none.
INSERT INTO foundation.household (tenant_id, household_id, number, head_member_id, created_by)
SELECT $1::int, u.household_id, u.number, u.head_member_id, $5::int
FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS u (household_id, number, head_member_id)
ON CONFLICT (tenant_id, number) DO NOTHING
