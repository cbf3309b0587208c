-- Purpose: empty from where and with what a person signed in.
-- Parameters: $1 person_id bigint.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.session SET device = NULL, address = NULL WHERE person_id = $1::bigint
