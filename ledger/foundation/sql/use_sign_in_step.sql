-- Purpose: use up a step of a sign-in.
-- Parameters: $1 token_hash bytea.
-- Result: none; one row touched, or none when it is used. Locks: the row. Errors: none.
DELETE FROM foundation.sign_in_step
WHERE token_hash = $1::bytea
