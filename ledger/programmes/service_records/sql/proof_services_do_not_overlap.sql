-- purpose: prove that nobody is credited for two services at the same time
-- parameters: tenant
-- result: one row: credited services checked; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: held by locks alone, because an exclusion constraint would need an extension
WITH followed AS (
    SELECT
        record_id,
        started_at,
        max(ended_at) OVER (
            PARTITION BY provider_id
            ORDER BY started_at, record_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS others_ended_at
    FROM programmes.service_record
    WHERE tenant_id = $1::int AND status IN ('verified', 'effective')
)

SELECT
    (SELECT count(*) FROM followed) AS checked,
    ARRAY(
        SELECT format('service %s begins before an earlier one ended', record_id)
        FROM followed
        WHERE started_at < others_ended_at
        ORDER BY record_id
        LIMIT 20
    ) AS failures
