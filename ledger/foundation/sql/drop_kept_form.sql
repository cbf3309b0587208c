-- Purpose: forget a form that was kept.
-- Parameters: $1 token_hash bytea of the cookie.
-- Result: none. Locks: the row. Errors: none.
DELETE FROM foundation.kept_form
WHERE token_hash = $1::bytea
