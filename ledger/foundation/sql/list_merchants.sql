-- Purpose: merchants of a programme by name, a page at a time.
-- Parameters: $1 tenant int; $2 name_sort_key text and $3 merchant_id uuid after which the page
--   begins, both null for the first; $4 limit int.
-- Result: merchant_id, name, status, name_sort_key. Locks: none. Errors: none.
SELECT merchant_id, name, status, name_sort_key
FROM foundation.merchant
WHERE
    tenant_id = $1::int
    AND ($2::text IS NULL OR (name_sort_key, merchant_id) > ($2::text, $3::uuid))
ORDER BY name_sort_key, merchant_id
LIMIT $4::int
