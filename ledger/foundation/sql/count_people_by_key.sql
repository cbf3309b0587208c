-- Purpose: how many people's keys are under which secret.
-- Parameters: none.
-- Result: key_id (null: from before secrets had ids), people. Locks: none. Errors: none.
SELECT key_id, count(*) AS people
FROM foundation.person
WHERE data_key IS NOT NULL
GROUP BY key_id
ORDER BY key_id
