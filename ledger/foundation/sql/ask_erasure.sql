-- Purpose: write down that a person is to be erased.
-- Parameters: $1 erasure_id uuid; $2 person_id bigint; $3 subject_caller_id, $4 asked_by int;
--   $5 through text; $6 proof_no text or null; $7 gives_up boolean; $8 asked_at timestamptz.
-- Result: one row; no row when a request waits already. Locks: none.
-- Errors: erasure_has_its_proof, erasure_asked_by_oneself.
INSERT INTO foundation.erasure (
    erasure_id, person_id, subject_caller_id, asked_by, through, proof_no, gives_up, asked_at, state
)
VALUES (
    $1::uuid, $2::bigint, $3::int, $4::int, $5::text, $6::text, $7::boolean, $8::timestamptz,
    'requested'
)
ON CONFLICT (person_id) WHERE state = 'requested' DO NOTHING
RETURNING erasure_id
