-- Purpose: let a member live in a household from a day on, unless another time of theirs overlaps.
-- Parameters: $1 tenant int; $2 household uuid; $3 member uuid; $4 begins_on date; $5 caller int.
-- Result: member_id; no row when the member lives, or on a later day lived, in a household.
-- Locks: none; whoever calls holds the member. Errors: none.
INSERT INTO foundation.household_member (
    tenant_id, household_id, member_id, begins_on, entered_by
)
SELECT $1::int, $2::uuid, $3::uuid, $4::date, $5::int
WHERE NOT EXISTS (
    SELECT 1
    FROM foundation.household_member AS o
    WHERE
        o.tenant_id = $1::int
        AND o.member_id = $3::uuid
        AND (o.ends_on IS NULL OR o.ends_on > $4::date)
)
ON CONFLICT (tenant_id, household_id, member_id, begins_on)
DO UPDATE SET ends_on = NULL, ended_by = NULL, entered_by = excluded.entered_by
RETURNING member_id
