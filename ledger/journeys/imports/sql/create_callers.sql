-- Purpose: senders of commands for new people.
-- Parameters: $1 count int.
-- Result: caller_id of each. Locks: none. Errors: none.
INSERT INTO foundation.caller (kind)
SELECT 'person' FROM generate_series(1, $1::int)
RETURNING caller_id
