-- Purpose: end an open grant.
-- Parameters: $1 grant_id uuid; $2 valid_to timestamptz, exclusive.
-- Result: caller_id, role_code; no row when there is no such open grant.
-- Locks: the grant. Errors: none.
UPDATE foundation.role_grant
SET valid_to = greatest(valid_from, $2::timestamptz)
WHERE grant_id = $1::uuid AND valid_to IS NULL
RETURNING caller_id, role_code
