-- Purpose: after a success, forget this attempt: the pair starts anew, the others lose one failure.
-- Parameters: $1 account hash bytea; $2 address hash bytea; $3 pair hash bytea; $4 now timestamptz;
--   $5 known since timestamptz: of a pair that succeeded later, the address counted no failure.
-- Result: none. Locks: the rows account, address, pair. Errors: none.
UPDATE foundation.sign_in_throttle AS t
SET
    failures = CASE
        WHEN t.kind = 'pair' THEN 0
        WHEN t.kind = 'address' AND EXISTS (
            SELECT 1 FROM foundation.sign_in_throttle AS p
            WHERE
                p.kind = 'pair' AND p.key_hash = $3::bytea
                AND p.last_success_at > $5::timestamptz
        ) THEN t.failures
        ELSE greatest(t.failures - 1, 0)
    END,
    last_success_at = $4::timestamptz
WHERE
    (t.kind = 'account' AND t.key_hash = $1::bytea)
    OR (t.kind = 'address' AND t.key_hash = $2::bytea)
    OR (t.kind = 'pair' AND t.key_hash = $3::bytea)
