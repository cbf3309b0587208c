-- Purpose: the names that a person had before, the latest first.
-- Parameters: $1 person bigint; $2 limit int or null for all.
-- Result: previous_sealed and data_key (null once erased), reason, changed_by, changed_at.
-- Locks: none. Errors: none.
SELECT c.previous_sealed, p.data_key, c.reason, c.changed_by, c.changed_at
FROM foundation.name_change AS c
INNER JOIN foundation.person AS p ON c.person_id = p.person_id
WHERE c.person_id = $1::bigint
ORDER BY c.change_id DESC
LIMIT $2::int
