-- Purpose: every kind of act that was ever recorded; steps from one to the next through the index.
-- Parameters: none.
-- Result: action, sorted. Locks: none. Errors: none.
WITH RECURSIVE acts AS (
    (SELECT a.action FROM foundation.audit_log a ORDER BY a.action LIMIT 1)
    UNION ALL
    SELECT (
        SELECT a.action FROM foundation.audit_log a
        WHERE a.action > acts.action ORDER BY a.action LIMIT 1
    )
    FROM acts
    WHERE acts.action IS NOT NULL
)
SELECT acts.action FROM acts WHERE acts.action IS NOT NULL
