-- Purpose: whether a person is erased, and no erasure until the transaction ends.
-- Parameters: $1 person bigint or null; $2 caller int or null.
-- Result: erased_at (null: not); no row when the caller is no person. Locks: the row. Errors: none.
SELECT erased_at
FROM foundation.person
WHERE person_id = $1::bigint OR caller_id = $2::int
FOR NO KEY UPDATE
