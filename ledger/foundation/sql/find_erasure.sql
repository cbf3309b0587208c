-- Purpose: the latest request to erase a person, by the person or by its id; the other null.
-- Parameters: $1 person_id bigint or null; $2 erasure_id uuid or null.
-- Result: the columns of the request; at most one row. Locks: none. Errors: none.
SELECT
    erasure_id, person_id, subject_caller_id, asked_by, through, proof_no, gives_up, asked_at,
    state, decided_by, decided_at, decision_reason
FROM foundation.erasure
WHERE person_id = $1::bigint OR erasure_id = $2::uuid
ORDER BY asked_at DESC
LIMIT 1
