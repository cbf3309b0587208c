-- Purpose: a sign-in that waits for its second factor.
-- Parameters: $1 token_hash bytea; $2 person_id bigint; $3 awaits text; $4 method text;
--   $5 ends_at timestamptz.
-- Result: none. Locks: none. Errors: none.
INSERT INTO foundation.sign_in_step (token_hash, person_id, awaits, method, ends_at)
VALUES ($1::bytea, $2::bigint, $3::text, $4::text, $5::timestamptz)
