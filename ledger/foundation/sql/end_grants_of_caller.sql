-- Purpose: end every role of a caller.
-- Parameters: $1 caller_id int; $2 valid_to timestamptz.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.role_grant
SET valid_to = greatest($2::timestamptz, valid_from)
WHERE caller_id = $1::int AND (valid_to IS NULL OR valid_to > $2::timestamptz)
