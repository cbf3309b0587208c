-- Purpose: how many notices a person has not read.
-- Parameters: $1 person bigint.
-- Result: one number.
-- Locks: none. Errors: none.
SELECT count(*)::int AS unread
FROM foundation.notice
WHERE person_id = $1::bigint AND read_at IS NULL
