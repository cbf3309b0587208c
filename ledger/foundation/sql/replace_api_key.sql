-- Purpose: let a key end soon, since another takes its place; so do those that it had replaced.
-- Parameters: $1 api_key_id uuid of the old one; $2 api_key_id uuid of the new one;
--   $3 ends_at timestamptz, at the latest.
-- Result: none. Locks: the rows. Errors: none.
UPDATE foundation.api_key
SET
    replaced_by = $2::uuid,
    expires_at = CASE
        WHEN api_key_id = $1::uuid THEN least(expires_at, $3::timestamptz) ELSE expires_at
    END
WHERE api_key_id = $1::uuid OR replaced_by = $1::uuid
