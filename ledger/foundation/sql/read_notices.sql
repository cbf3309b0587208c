-- Purpose: mark a person's notices read.
-- Parameters: $1 person bigint; $2 one notice uuid, or null for all; $3 moment timestamptz.
-- Result: none; rows changed were unread.
-- Locks: the rows. Errors: none.
UPDATE foundation.notice
SET read_at = $3::timestamptz
WHERE person_id = $1::bigint AND ($2::uuid IS NULL OR notice_id = $2::uuid) AND read_at IS NULL
