-- Purpose: a new partner of a programme.
-- Parameters: $1 tenant int; $2 partner uuid; $3 name text; $4 name_sort_key text; $5 kind text;
--   $6 begins_on date; $7 caller int.
-- Result: partner_id; no row when the name is taken there.
-- Locks: none. Errors: partner_kind_is_known.
INSERT INTO foundation.partner (
    tenant_id, partner_id, name, name_sort_key, kind, begins_on, created_by
)
VALUES ($1::int, $2::uuid, $3::text, $4::text, $5::text, $6::date, $7::int)
ON CONFLICT (tenant_id, name) DO NOTHING
RETURNING partner_id
