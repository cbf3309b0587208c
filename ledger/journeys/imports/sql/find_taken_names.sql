-- Purpose: which of these names merchants and partners of a programme have.
-- Parameters: $1 tenant int; $2 names text[].
-- Result: kind text (merchants, partners); name text; id uuid. Locks: none. Errors: none.
SELECT 'merchants' AS kind, m.name, m.merchant_id AS id
FROM foundation.merchant AS m
WHERE m.tenant_id = $1::int AND m.name = ANY ($2::text[])
UNION ALL
SELECT 'partners', p.name, p.partner_id
FROM foundation.partner AS p
WHERE p.tenant_id = $1::int AND p.name = ANY ($2::text[])
