-- Purpose: whether these bytes are kept already.
-- Parameters: $1 tenant int; $2 sent_hash bytea.
-- Result: file_id. Locks: none. Errors: none.
SELECT f.file_id FROM foundation.stored_file f
WHERE f.tenant_id = $1::int AND f.sent_hash = $2::bytea
