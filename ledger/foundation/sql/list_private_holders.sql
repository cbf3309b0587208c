-- Purpose: those holders of accounts that are no merchants: people, households and homes, whose
--   papers are their own.
-- Parameters: $1 tenant int; $2 holder_ids uuid[].
-- Result: holder_id. Locks: none. Errors: none.
SELECT h.holder_id
FROM unnest($2::uuid[]) h (holder_id)
WHERE NOT EXISTS (
    SELECT 1 FROM foundation.merchant m WHERE m.tenant_id = $1::int AND m.merchant_id = h.holder_id
)
