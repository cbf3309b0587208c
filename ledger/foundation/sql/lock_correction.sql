-- Purpose: a correction, held until it is decided.
-- Parameters: $1 correction_id uuid.
-- Result: person_id, field, new_sealed, state, asked_by. Locks: the row. Errors: none.
SELECT person_id, field, new_sealed, state, asked_by
FROM foundation.correction
WHERE correction_id = $1::uuid
FOR UPDATE
