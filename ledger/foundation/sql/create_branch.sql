-- Purpose: a new Party branch.
-- Parameters: $1 tenant int; $2 branch_id uuid; $3 name text.
-- Result: none. Locks: none; lock_names comes first. Errors: none.
INSERT INTO foundation.party_branch (tenant_id, branch_id, name)
VALUES ($1::int, $2::uuid, $3::text)
