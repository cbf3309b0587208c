-- purpose: a unit and every unit it lay in on a day, from the narrowest to the widest
-- parameters: unit uuid or null; day
-- result: org_unit_id, distance (0 for the unit itself); none for a null unit
-- locks: none
-- errors: none
-- why: rules and item tables are looked up along the same chain
CREATE OR REPLACE FUNCTION foundation.org_unit_chain(p_org_unit_id uuid, p_on date)
RETURNS TABLE (org_unit_id uuid, distance int)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE chain AS (
        SELECT p_org_unit_id AS unit_id, 0 AS distance
        WHERE p_org_unit_id IS NOT NULL
        UNION ALL
        SELECT placed.parent_id, chain.distance + 1
        FROM chain
        CROSS JOIN LATERAL (
            SELECT p.parent_id
            FROM foundation.org_unit_placement AS p
            WHERE p.org_unit_id = chain.unit_id AND p.valid_from <= p_on
            ORDER BY p.valid_from DESC
            LIMIT 1
        ) AS placed
        WHERE placed.parent_id IS NOT NULL
    )

    SELECT chain.unit_id, chain.distance FROM chain
$$;
