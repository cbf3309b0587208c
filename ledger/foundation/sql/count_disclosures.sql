-- Purpose: how often somebody has looked at people's data since a moment.
-- Parameters: $1 caller_id int; $2 since timestamptz.
-- Result: looks. Locks: none. Errors: none.
SELECT count(*) AS looks
FROM foundation.disclosure
WHERE seen_by = $1::int AND seen_at >= $2::timestamptz
