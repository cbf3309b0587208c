-- Purpose: the throttle rows of one sign-in attempt, made where missing, and locked.
-- Parameters: $1 account hash bytea; $2 address hash bytea; $3 pair hash bytea; $4 now timestamptz.
-- Result: kind, failures, window_started_at, last_failure_at, last_success_at; three rows.
-- Locks: the rows account, address, pair, in that order. Errors: none.
INSERT INTO foundation.sign_in_throttle (kind, key_hash, failures, window_started_at)
VALUES
('account', $1::bytea, 0, $4::timestamptz),
('address', $2::bytea, 0, $4::timestamptz),
('pair', $3::bytea, 0, $4::timestamptz)
ON CONFLICT (kind, key_hash) DO UPDATE SET failures = sign_in_throttle.failures
RETURNING kind, failures, window_started_at, last_failure_at, last_success_at
