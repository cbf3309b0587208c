-- Purpose: wait until no list is being judged, and let none begin: a line that is not on record yet
--   cannot be let go.
-- Parameters: none.
-- Result: one row. Locks: the judging of lists, until the transaction ends. Errors: none.
SELECT pg_advisory_xact_lock(hashtextextended('previews', 0))
