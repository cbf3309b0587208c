-- Purpose: a second member of staff confirms a guardianship, which is held; the role comes of it.
-- Parameters: $1 tenant int; $2 guardianship uuid; $3 grant uuid; $4 caller int;
--   $5 confirmed_at timestamptz.
-- Result: none. Locks: the row. Errors: 23514 whoever wrote it down (guardianship_takes_two).
UPDATE foundation.guardianship
SET grant_id = $3::uuid, confirmed_by = $4::int, confirmed_at = $5::timestamptz
WHERE tenant_id = $1::int AND guardianship_id = $2::uuid
