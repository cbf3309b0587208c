-- Purpose: what ties one of some members to somebody else on a day: a household before kinship or
--   guardianship.
-- Parameters: $1 tenant int; $2 member uuid[]; $3 the other as a member uuid, or null; $4 the other
--   as a caller int, or null; $5 day date. Nobody is tied to herself.
-- Result: member_id, tie (household or kin); at most one row. Locks: none. Errors: none.
WITH other AS (
    SELECT p.person_id, m.member_id
    FROM foundation.person AS p
    LEFT JOIN foundation.member AS m ON m.tenant_id = $1::int AND p.person_id = m.person_id
    WHERE
        p.caller_id = $4::int
        OR p.person_id = (
            SELECT x.person_id
            FROM foundation.member AS x
            WHERE x.tenant_id = $1::int AND x.member_id = $3::uuid
        )
),

tied AS (
    SELECT
        one.member_id,
        0 AS distance
    FROM other AS o
    INNER JOIN foundation.household_member AS theirs
        ON theirs.tenant_id = $1::int AND o.member_id = theirs.member_id
    INNER JOIN foundation.household_member AS one
        ON theirs.tenant_id = one.tenant_id AND theirs.household_id = one.household_id
    WHERE
        one.member_id = ANY($2::uuid [])
        AND one.member_id <> o.member_id
        AND theirs.begins_on <= $5::date
        AND (theirs.ends_on IS NULL OR theirs.ends_on > $5::date)
        AND one.begins_on <= $5::date
        AND (one.ends_on IS NULL OR one.ends_on > $5::date)
    UNION ALL
    SELECT
        CASE WHEN k.member_id = o.member_id THEN k.relative_member_id ELSE k.member_id END,
        1
    FROM other AS o
    INNER JOIN foundation.kinship AS k
        ON
            k.tenant_id = $1::int
            AND (
                (k.member_id = o.member_id AND k.relative_member_id = ANY($2::uuid []))
                OR (k.relative_member_id = o.member_id AND k.member_id = ANY($2::uuid []))
            )
    WHERE k.begins_on <= $5::date AND (k.ends_on IS NULL OR k.ends_on > $5::date)
    UNION ALL
    SELECT
        one.member_id,
        1
    FROM other AS o
    INNER JOIN foundation.member AS one
        ON one.tenant_id = $1::int AND one.member_id = ANY($2::uuid [])
    INNER JOIN foundation.guardianship AS g
        ON
            g.tenant_id = $1::int
            AND (
                (g.ward_member_id = one.member_id AND g.person_id = o.person_id)
                OR (g.ward_member_id = o.member_id AND g.person_id = one.person_id)
            )
    LEFT JOIN foundation.role_grant AS r
        ON g.grant_id = r.grant_id AND g.kind = 'minor' AND g.ends_on IS NULL
    WHERE
        g.begins_on <= $5::date
        AND (g.ends_on IS NULL OR g.ends_on > $5::date)
        AND (
            r.valid_to IS NULL OR (r.valid_to AT TIME ZONE 'Asia/Shanghai')::date > $5::date
        )
)

SELECT
    t.member_id,
    CASE t.distance WHEN 0 THEN 'household' ELSE 'kin' END AS tie
FROM tied AS t
ORDER BY t.distance, t.member_id
LIMIT 1
