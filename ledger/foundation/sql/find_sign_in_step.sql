-- Purpose: a sign-in that waits for its second factor.
-- Parameters: $1 token_hash bytea; $2 awaits text; $3 now timestamptz.
-- Result: person_id, method; no row when it is unknown, over, used, or awaits something else.
-- Locks: none. Errors: none.
SELECT person_id, method
FROM foundation.sign_in_step
WHERE token_hash = $1::bytea AND awaits = $2::text AND ends_at > $3::timestamptz
