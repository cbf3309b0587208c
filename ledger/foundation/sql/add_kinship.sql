-- Purpose: write down a verified kinship.
-- Parameters: $1 tenant int; $2 kinship uuid; $3 member uuid; $4 relative's member uuid or null;
--   $5 sealed name bytea or null; $6 relation text; $7 evidence text; $8 begins_on date;
--   $9 caller int; $10 verified_at timestamptz.
-- Result: kinship_id; no row when the two are related already.
-- Locks: none. Errors: nobody_is_their_own_relative, relative_is_named_once.
INSERT INTO foundation.kinship (
    tenant_id, kinship_id, member_id, relative_member_id, relative_sealed, relation, evidence,
    begins_on, verified_by, verified_at
)
VALUES (
    $1::int, $2::uuid, $3::uuid, $4::uuid, $5::bytea, $6::text, $7::text, $8::date, $9::int,
    $10::timestamptz
)
ON CONFLICT DO NOTHING
RETURNING kinship_id
