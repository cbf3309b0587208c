-- Purpose: an API key in force; a person's only while she may sign in and is not erased.
-- Parameters: $1 key_hash bytea; $2 now timestamptz.
-- Result: api_key_id, caller_id, name, scopes (null: its grants alone), expires_at; or no row.
-- Locks: none. Errors: none.
SELECT k.api_key_id, k.caller_id, k.name, k.scopes, k.expires_at
FROM foundation.api_key AS k
LEFT JOIN foundation.person AS p ON k.caller_id = p.caller_id
WHERE
    k.key_hash = $1::bytea
    AND k.revoked_at IS NULL
    AND k.expires_at > $2::timestamptz
    AND p.sign_in_closed_at IS NULL
    AND p.erased_at IS NULL
