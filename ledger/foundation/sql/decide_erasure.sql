-- Purpose: decide or withdraw a request to erase a person, once.
-- Parameters: $1 erasure_id uuid; $2 state text; $3 decided_by int; $4 decided_at timestamptz;
--   $5 decision_reason text or null.
-- Result: one row; no row when it was decided before.
-- Locks: the row. Errors: erasure_is_checked_by_another_person.
UPDATE foundation.erasure
SET
    state = $2::text,
    decided_by = $3::int,
    decided_at = $4::timestamptz,
    decision_reason = $5::text
WHERE erasure_id = $1::uuid AND state = 'requested'
RETURNING erasure_id
