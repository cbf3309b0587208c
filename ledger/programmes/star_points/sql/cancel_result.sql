-- Purpose: a result is cancelled, after an objection was upheld.
-- Parameters: $1 tenant int; $2 result uuid.
-- Result: none. Locks: the row, held already. Errors: none.
UPDATE programmes.star_result
SET status = 'cancelled'
WHERE tenant_id = $1::int AND result_id = $2::uuid
