-- Purpose: let an API key belong to one till alone, or to none again.
-- Parameters: $1 tenant int; $2 terminal uuid; $3 API key uuid or null; $4 now timestamptz.
-- Result: terminal_id; no row when there is no such key in force that may work at this merchant.
-- Locks: the row. Errors: 23505 the key belongs to another till (key_belongs_to_one_till).
UPDATE foundation.merchant_terminal AS t
SET api_key_id = $3::uuid
WHERE
    t.tenant_id = $1::int
    AND t.terminal_id = $2::uuid
    AND ($3::uuid IS NULL OR EXISTS (
        SELECT 1
        FROM foundation.api_key AS k
        INNER JOIN foundation.role_grant AS g ON k.caller_id = g.caller_id
        WHERE
            k.api_key_id = $3::uuid
            AND k.revoked_at IS NULL
            AND k.expires_at > $4::timestamptz
            AND g.role_code = 'merchant_operator'
            AND g.scope_tenant_id = t.tenant_id
            AND g.object_id = t.merchant_id
            AND (g.valid_to IS NULL OR g.valid_to > $4::timestamptz)
    ))
RETURNING t.terminal_id
