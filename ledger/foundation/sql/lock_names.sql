-- Purpose: let one thing of a kind be created, or one request be changed, at a time.
-- Parameters: $1 tenant int; $2 kind text.
-- Result: one row. Locks: an advisory lock of the kind, until the transaction ends. Errors: none.
SELECT pg_advisory_xact_lock(hashtextextended($2::text, $1::int))
