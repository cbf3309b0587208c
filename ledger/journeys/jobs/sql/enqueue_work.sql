-- purpose: let a worker look after these pieces of work; one that waits already is left alone
-- parameters: $1 entrypoint text; $2 names of the pieces text[]
-- result: how many were added
-- locks: none
-- errors: none
WITH added AS (
    INSERT INTO jobs.pgqueuer (priority, status, entrypoint, dedupe_key, payload)
    SELECT 0, 'queued', $1::text, w.name, convert_to(w.name, 'UTF8')
    FROM unnest($2::text[]) AS w (name)
    ON CONFLICT (dedupe_key)
        WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL
    DO NOTHING
    RETURNING id
)
SELECT count(*)::int FROM added
