-- Purpose: a new till of a merchant.
-- Parameters: $1 tenant int; $2 terminal uuid; $3 merchant uuid; $4 number text; $5 name text;
--   $6 caller int.
-- Result: terminal_id; no row when the number is taken at this merchant.
-- Locks: none. Errors: till_stands_at_a_merchant_here.
INSERT INTO foundation.merchant_terminal (
    tenant_id, terminal_id, merchant_id, number, name, status, created_by
)
VALUES ($1::int, $2::uuid, $3::uuid, $4::text, $5::text, 'active', $6::int)
ON CONFLICT (tenant_id, merchant_id, number) DO NOTHING
RETURNING terminal_id
