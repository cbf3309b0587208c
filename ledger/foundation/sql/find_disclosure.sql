-- Purpose: one look at a person's data, by whoever looked.
-- Parameters: $1 disclosure_id uuid; $2 caller_id int.
-- Result: person_id, scope_tenant_id, fields, purpose, seen_at. Locks: none. Errors: none.
SELECT person_id, scope_tenant_id, fields, purpose, seen_at
FROM foundation.disclosure
WHERE disclosure_id = $1::uuid AND seen_by = $2::int
