-- Purpose: tills of a merchant by number, one till, or the till of an API key; a key that is being
--   replaced has the till of its successor.
-- Parameters: $1 tenant int; $2 merchant uuid or null; $3 terminal uuid or null; $4 API key uuid or
--   null; one of them is given; $5 limit int; $6 number text after which the page begins, or null.
-- Result: terminal_id, merchant_id, number, name, status, api_key_id. Locks: none. Errors: none.
SELECT terminal_id, merchant_id, number, name, status, api_key_id
FROM foundation.merchant_terminal
WHERE
    tenant_id = $1::int
    AND (
        merchant_id = $2::uuid
        OR terminal_id = $3::uuid
        OR api_key_id = $4::uuid
        OR api_key_id = (
            SELECT k.replaced_by FROM foundation.api_key AS k WHERE k.api_key_id = $4::uuid
        )
    )
    AND ($6::text IS NULL OR number > $6::text)
ORDER BY number, terminal_id
LIMIT $5::int
