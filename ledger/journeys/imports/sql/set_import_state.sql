-- Purpose: move a file on: confirmed, finished, cancelled, expired.
-- Parameters: $1 tenant int; $2 import_id uuid; $3 state text; $4 confirmed_by int or null: as it
--   is; $5 at timestamptz.
-- Result: none. Locks: the file. Errors: import_state_is_known, nothing_is_imported_unconfirmed.
UPDATE foundation.import_file
SET
    state = $3::text,
    confirmed_by = coalesce($4::int, confirmed_by),
    confirmed_at = CASE WHEN $4::int IS NULL THEN confirmed_at ELSE $5::timestamptz END,
    finished_at = CASE WHEN $3::text = 'finished' THEN $5::timestamptz END
WHERE tenant_id = $1::int AND import_id = $2::uuid
