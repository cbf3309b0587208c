-- Purpose: an invitation to link an account.
-- Parameters: $1 invitation_id uuid; $2 code_hash bytea; $3 person_id bigint; $4 invited_by int;
--   $5 expires_at timestamptz.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.sign_in_invitation (
    invitation_id, code_hash, person_id, invited_by, expires_at
)
VALUES ($1::uuid, $2::bytea, $3::bigint, $4::int, $5::timestamptz)
