-- Purpose: say that a list is being judged, beside others; nobody is erased meanwhile.
-- Parameters: none.
-- Result: one row. Locks: erasing, until the transaction ends. Errors: none.
SELECT pg_advisory_xact_lock_shared(hashtextextended('previews', 0))
