-- Purpose: partners of a programme by name, a page at a time, or one of them.
-- Parameters: $1 tenant int; $2 partner uuid or null; $3 name_sort_key text and $4 partner uuid
--   after which the page begins, or null; $5 limit int.
-- Result: partner_id, name, kind, begins_on, ends_on, name_sort_key. Locks: none. Errors: none.
SELECT partner_id, name, kind, begins_on, ends_on, name_sort_key
FROM foundation.partner
WHERE
    tenant_id = $1::int
    AND ($2::uuid IS NULL OR partner_id = $2::uuid)
    AND ($3::text IS NULL OR (name_sort_key, partner_id) > ($3::text, $4::uuid))
ORDER BY name_sort_key, partner_id
LIMIT $5::int
