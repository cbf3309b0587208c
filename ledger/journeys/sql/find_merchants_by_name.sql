-- purpose: merchants whose name holds a text
-- parameters: tenant; text; limit
-- result: merchant, name, status; in order of names
-- locks: none
-- errors: none
SELECT m.merchant_id, m.name, m.status
FROM foundation.merchant m
WHERE m.tenant_id = $1::int AND strpos(lower(m.name), lower($2::text)) > 0
ORDER BY m.name_sort_key, m.merchant_id
LIMIT $3::int;
