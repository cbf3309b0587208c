-- purpose: remove old lines of the queue's log, a piece at a time
-- parameters: $1 how long lines are kept interval; $2 most lines int
-- result: how many were removed
-- locks: the rows removed
-- errors: none
WITH swept AS (
    DELETE FROM jobs.pgqueuer_log
    WHERE id IN (
        SELECT l.id FROM jobs.pgqueuer_log AS l
        WHERE l.created < now() - $1::interval
        ORDER BY l.created
        LIMIT $2::int
    )
    RETURNING id
)
SELECT count(*)::int FROM swept
