-- Purpose: a consent given or withdrawn; the latest of a purpose holds.
-- Parameters: $1 consent_id uuid; $2 person_id bigint; $3 purpose text; $4 given boolean;
--   $5 text_version int; $6 through text; $7 paper_no text or null; $8 recorded_by int;
--   $9 recorded_at timestamptz; $10 reason_sealed bytea or null.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.consent (
    consent_id, person_id, purpose, given, text_version, through, paper_no, recorded_by,
    recorded_at, reason_sealed
)
VALUES (
    $1::uuid, $2::bigint, $3::text, $4::boolean, $5::int, $6::text, $7::text, $8::int,
    $9::timestamptz, $10::bytea
)
