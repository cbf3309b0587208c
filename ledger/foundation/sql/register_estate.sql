-- Purpose: name an estate trust whose books exist.
-- Parameters: $1 public_id uuid; $2 tenant int; $3 name text; $4 name_sort_key text; $5 kind text;
--   $6 org_unit_id uuid or null.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.estate (
    public_id, scope_tenant_id, name, name_sort_key, kind, org_unit_id
)
VALUES ($1::uuid, $2::int, $3::text, $4::text, $5::text, $6::uuid)
