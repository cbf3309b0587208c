-- Purpose: write down that a correction is asked for, or made at once.
-- Parameters: $1 correction_id uuid; $2 person_id bigint; $3 field text; $4 old_sealed,
--   $5 new_sealed, $6 reason_sealed bytea; $7 state text; $8 asked_by int; $9 asked_at timestamptz;
--   $10 decided_by int or null; $11 decided_at timestamptz or null.
-- Result: one row; no row when one for the field waits already. Locks: none. Errors: none.
INSERT INTO foundation.correction (
    correction_id, person_id, field, old_sealed, new_sealed, reason_sealed, state, asked_by,
    asked_at, decided_by, decided_at
)
VALUES (
    $1::uuid, $2::bigint, $3::text, $4::bytea, $5::bytea, $6::bytea, $7::text, $8::int,
    $9::timestamptz, $10::int, $11::timestamptz
)
ON CONFLICT (person_id, field) WHERE state = 'requested' DO NOTHING
RETURNING correction_id
