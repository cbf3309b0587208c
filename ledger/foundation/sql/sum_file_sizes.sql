-- Purpose: how much the files of a tenant take.
-- Parameters: $1 tenant int.
-- Result: used_bytes. Locks: none. Errors: none.
SELECT coalesce(sum(f.size_bytes), 0)::bigint AS used_bytes
FROM foundation.stored_file f WHERE f.tenant_id = $1::int
