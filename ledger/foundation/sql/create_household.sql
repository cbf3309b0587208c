-- Purpose: a new household.
-- Parameters: $1 tenant int; $2 household_id uuid; $3 number text; $4 org_unit_id uuid or null;
--   $5 head member uuid; $6 caller int.
-- Result: household_id; no row when the number is taken there.
-- Locks: none. Errors: 23503 no such unit (org_unit_id_is_a_unit).
INSERT INTO foundation.household (
    tenant_id, household_id, number, org_unit_id, head_member_id, created_by
)
VALUES ($1::int, $2::uuid, $3::text, $4::uuid, $5::uuid, $6::int)
ON CONFLICT (tenant_id, number) DO NOTHING
RETURNING household_id
