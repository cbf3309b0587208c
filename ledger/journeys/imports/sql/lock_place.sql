-- Purpose: let one list at a time be written into a place; the next sees who is there by then.
-- Parameters: $1 tenant int, 0: the platform.
-- Result: one row. Locks: the lists of the place, until the transaction ends. Errors: none.
SELECT pg_advisory_xact_lock(hashtextextended('import', $1::int))
