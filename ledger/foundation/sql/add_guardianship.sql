-- Purpose: write down a verified guardianship.
-- Parameters: $1 tenant int; $2 guardianship uuid; $3 guardian's person bigint; $4 ward member
--   uuid; $5 kind text; $6 evidence text; $7 grant uuid; $8 begins_on date; $9 caller int;
--   $10 verified_at timestamptz.
-- Result: guardianship_id; no row when this person is the ward's guardian already.
-- Locks: none. Errors: guardianship_kind_is_known.
INSERT INTO foundation.guardianship (
    tenant_id, guardianship_id, person_id, ward_member_id, kind, evidence, grant_id, begins_on,
    verified_by, verified_at
)
VALUES (
    $1::int, $2::uuid, $3::bigint, $4::uuid, $5::text, $6::text, $7::uuid, $8::date, $9::int,
    $10::timestamptz
)
ON CONFLICT (tenant_id, ward_member_id, person_id) WHERE ends_on IS NULL DO NOTHING
RETURNING guardianship_id
