-- purpose: figures of the whole installation for monitoring
-- parameters: none
-- result: one row: failed sign-ins counted at present, pieces of work that wait, the age of the
--   oldest in seconds, size of the database in bytes (null: the service's role lacks CONNECT, which
--   migrate grants), bytes of log that the server keeps for the replication slot furthest behind
-- locks: none
-- errors: none
SELECT
    (
        SELECT coalesce(sum(t.failures), 0)::bigint FROM foundation.sign_in_throttle AS t
        WHERE t.kind = 'address' AND t.window_started_at > now() - interval '15 minutes'
    ) AS sign_in_failures,
    (SELECT count(*) FROM jobs.pgqueuer) AS work_waiting,
    (
        SELECT coalesce(extract(epoch FROM now() - min(q.created)), 0)::bigint
        FROM jobs.pgqueuer AS q
    ) AS work_age_seconds,
    CASE
        WHEN has_database_privilege(current_database(), 'CONNECT')
            THEN pg_database_size(current_database())
    END AS database_bytes,
    CASE WHEN pg_is_in_recovery() THEN 0 ELSE (
        SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)), 0)::bigint
        FROM pg_replication_slots AS s
    ) END AS log_kept_bytes
