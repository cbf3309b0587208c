-- Purpose: a Party branch by name; the existing one when there is one.
-- Parameters: $1 tenant int; $2 branch_id uuid; $3 name text.
-- Result: branch_id. Locks: none. Errors: none.
INSERT INTO foundation.party_branch (tenant_id, branch_id, name)
VALUES ($1::int, $2::uuid, $3::text)
ON CONFLICT (tenant_id, name) DO UPDATE SET name = excluded.name
RETURNING branch_id
