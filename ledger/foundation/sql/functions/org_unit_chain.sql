-- purpose: a unit and every unit it lay in on a day, from the narrowest to the widest
-- parameters: unit uuid or null; day
-- result: org_unit_id, distance (0 for the nearest); none for a null unit
-- locks: none
-- errors: none
-- why: rules and item tables are looked up along the same chain. A dissolved unit is preceded by
--         its main successor: what that one decided comes first, what the old one decided goes on
--         for those who belonged to it, and the way up leads through the successor
CREATE OR REPLACE FUNCTION foundation.org_unit_chain(p_org_unit_id uuid, p_on date)
RETURNS TABLE (org_unit_id uuid, distance int)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE chain AS (
        SELECT p_org_unit_id AS unit_id, 0 AS step, 0 AS heir
        WHERE p_org_unit_id IS NOT NULL
        UNION ALL
        SELECT
            coalesce(placed.successor_id, placed.parent_id),
            chain.step + CASE WHEN placed.successor_id IS NULL THEN 1 ELSE 0 END,
            CASE WHEN placed.successor_id IS NULL THEN 0 ELSE chain.heir + 1 END
        FROM chain
        CROSS JOIN LATERAL (
            SELECT p.parent_id, s.successor_id
            FROM foundation.org_unit_placement AS p
            LEFT JOIN foundation.org_unit_successor AS s
                ON p.dissolved AND s.org_unit_id = p.org_unit_id AND s.is_main
            WHERE p.org_unit_id = chain.unit_id AND p.valid_from <= p_on
            ORDER BY p.valid_from DESC
            LIMIT 1
        ) AS placed
        WHERE coalesce(placed.successor_id, placed.parent_id) IS NOT NULL
    )

    SELECT chain.unit_id, (row_number() OVER (ORDER BY chain.step, chain.heir DESC) - 1)::int
    FROM chain
$$;
