-- Purpose: an invitation that is still good.
-- Parameters: $1 code_hash bytea; $2 now timestamptz.
-- Result: person_id; no row when it is unknown, over, or used. Locks: none. Errors: none.
SELECT person_id
FROM foundation.sign_in_invitation
WHERE code_hash = $1::bytea AND used_at IS NULL AND expires_at > $2::timestamptz
