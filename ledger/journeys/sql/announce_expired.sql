-- Purpose: tell the endpoints of a tenant which requests nobody decided in time.
-- Parameters: $1 tenant int; $2 requests uuid[].
-- Result: one empty row. Locks: the new rows. Errors: none.
SELECT foundation.announce_expired($1::int, $2::uuid[])
