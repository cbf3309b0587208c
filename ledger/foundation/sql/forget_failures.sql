-- Purpose: after a success, forget this attempt: the pair starts anew, the others lose one failure.
-- Parameters: $1 account hash bytea; $2 address hash bytea; $3 pair hash bytea; $4 now timestamptz.
-- Result: none. Locks: the rows account, address, pair. Errors: none.
UPDATE foundation.sign_in_throttle
SET
    failures = CASE WHEN kind = 'pair' THEN 0 ELSE greatest(failures - 1, 0) END,
    last_success_at = $4::timestamptz
WHERE
    (kind = 'account' AND key_hash = $1::bytea)
    OR (kind = 'address' AND key_hash = $2::bytea)
    OR (kind = 'pair' AND key_hash = $3::bytea)
