-- Purpose: keep the answer of a write under its key.
-- Parameters: $1 tenant int; $2 caller_id int; $3 key uuid; $4 status smallint; $5 response bytea.
-- Result: none. Locks: the key, held already. Errors: none.
UPDATE foundation.api_command
SET status = $4::smallint, response = $5::bytea
WHERE tenant_id = $1::int AND caller_id = $2::int AND key = $3::uuid
