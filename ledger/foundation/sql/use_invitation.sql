-- Purpose: use up an invitation.
-- Parameters: $1 code_hash bytea; $2 now timestamptz.
-- Result: person_id; no row when it is unknown, over, or used. Locks: the row. Errors: none.
UPDATE foundation.sign_in_invitation
SET used_at = $2::timestamptz
WHERE code_hash = $1::bytea AND used_at IS NULL AND expires_at > $2::timestamptz
RETURNING person_id
