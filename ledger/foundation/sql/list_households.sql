-- Purpose: households of a programme by number, a page at a time, or one of them.
-- Parameters: $1 tenant int; $2 household uuid or null; $3 member who lives there now, or null;
--   $4 number text after which the page begins, or null; $5 limit int.
-- Result: household_id, number, org_unit_id, head_member_id (null: nobody
--   who lives there), living (people there now).
-- Locks: none. Errors: none.
SELECT
    h.household_id,
    h.number,
    h.org_unit_id,
    CASE
        WHEN EXISTS (
            SELECT 1
            FROM foundation.household_member AS t
            WHERE
                t.tenant_id = h.tenant_id
                AND t.household_id = h.household_id
                AND t.member_id = h.head_member_id
                AND t.ends_on IS NULL
        ) THEN h.head_member_id
    END AS head_member_id,
    (
        SELECT count(*)
        FROM foundation.household_member AS l
        WHERE
            l.tenant_id = h.tenant_id
            AND l.household_id = h.household_id
            AND l.ends_on IS NULL
    ) AS living
FROM foundation.household AS h
WHERE
    h.tenant_id = $1::int
    AND ($2::uuid IS NULL OR h.household_id = $2::uuid)
    AND ($3::uuid IS NULL OR h.household_id = (
        SELECT o.household_id
        FROM foundation.household_member AS o
        WHERE o.tenant_id = h.tenant_id AND o.member_id = $3::uuid AND o.ends_on IS NULL
    ))
    AND ($4::text IS NULL OR h.number > $4::text)
ORDER BY h.number
LIMIT $5::int
