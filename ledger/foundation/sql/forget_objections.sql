-- Purpose: empty the words of objections that somebody raised in a programme.
-- Parameters: $1 tenant int; $2 caller_id int.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.objection SET reason = '' WHERE tenant_id = $1::int AND raised_by = $2::int
