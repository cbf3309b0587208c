-- Purpose: write down a guardianship whose evidence was seen; it gives no role yet.
-- Parameters: $1 tenant int; $2 guardianship uuid; $3 guardian's person bigint; $4 ward member
--   uuid; $5 kind text; $6 evidence text; $7 begins_on date; $8 caller int;
--   $9 verified_at timestamptz.
-- Result: ward_person_id; no row when this person is the ward's guardian already.
-- Locks: none. Errors: guardianship_kind_is_known.
INSERT INTO foundation.guardianship (
    tenant_id, guardianship_id, person_id, ward_member_id, kind, evidence, begins_on, verified_by,
    verified_at
)
VALUES (
    $1::int, $2::uuid, $3::bigint, $4::uuid, $5::text, $6::text, $7::date, $8::int, $9::timestamptz
)
ON CONFLICT (tenant_id, ward_member_id, person_id) WHERE ends_on IS NULL DO NOTHING
RETURNING (
    SELECT m.person_id
    FROM foundation.member AS m
    WHERE m.tenant_id = $1::int AND m.member_id = $4::uuid
) AS ward_person_id
