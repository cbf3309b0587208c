-- Purpose: decide a correction that was asked for.
-- Parameters: $1 correction_id uuid; $2 state text; $3 decided_by int; $4 decided_at timestamptz;
--   $5 old_sealed bytea or null.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.correction
SET state = $2::text, decided_by = $3::int, decided_at = $4::timestamptz, old_sealed = $5::bytea
WHERE correction_id = $1::uuid
