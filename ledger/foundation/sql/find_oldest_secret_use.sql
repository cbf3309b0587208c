-- Purpose: the secret that the oldest personal data is under, and whether the current one was noted
--   as the installation's own.
-- Parameters: $1 key_id bytea of the secret that is current here.
-- Result: one row: oldest_key_id (null: no personal data yet), is_noted. Locks: none. Errors: none.
SELECT
    (
        SELECT p.key_id FROM foundation.person AS p
        WHERE p.data_key IS NOT NULL
        ORDER BY p.person_id LIMIT 1
    ) AS oldest_key_id,
    EXISTS (SELECT FROM foundation.secret_version AS s WHERE s.key_id = $1::bytea) AS is_noted
