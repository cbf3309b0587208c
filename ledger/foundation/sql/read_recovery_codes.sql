-- Purpose: how many recovery codes a person has left, and what became of the others.
-- Parameters: $1 person_id bigint.
-- Result: unused, used, last_used_at (null: none was used). Locks: none. Errors: none.
SELECT
    count(*) FILTER (WHERE used_at IS NULL) AS unused,
    count(used_at) AS used,
    max(used_at) AS last_used_at
FROM foundation.recovery_code
WHERE person_id = $1::bigint
