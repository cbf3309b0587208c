-- purpose: prove that the register of a day is the sum of its credited services
-- parameters: tenant
-- result: one row: days compared; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: rounding and caps go by these sums
WITH summed AS (
    SELECT
        provider_id AS member_id,
        service_date,
        sum(minutes) AS verified_minutes,
        sum(credited_minutes) AS credited_minutes,
        sum(credited_points) AS credited_points
    FROM programmes.service_record
    WHERE tenant_id = $1::int AND status IN ('verified', 'effective')
    GROUP BY provider_id, service_date
),

compared AS (
    SELECT
        coalesce(s.member_id, d.member_id) AS member_id,
        coalesce(s.service_date, d.service_date) AS service_date,
        (
            coalesce(s.verified_minutes, 0),
            coalesce(s.credited_minutes, 0),
            coalesce(s.credited_points, 0)
        ) = (
            coalesce(d.verified_minutes, 0),
            coalesce(d.credited_minutes, 0),
            coalesce(d.credited_points, 0)
        ) AS agrees
    FROM summed AS s
    FULL JOIN (
        SELECT member_id, service_date, verified_minutes, credited_minutes, credited_points
        FROM programmes.service_day
        WHERE tenant_id = $1::int
    ) AS d ON s.member_id = d.member_id AND s.service_date = d.service_date
)

SELECT
    (SELECT count(*) FROM compared) AS checked,
    ARRAY(
        SELECT format('member %s on %s: the day is not the sum of its services', member_id,
            service_date)
        FROM compared
        WHERE NOT agrees
        ORDER BY member_id, service_date
        LIMIT 20
    ) AS failures
