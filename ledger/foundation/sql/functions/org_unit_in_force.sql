-- purpose: the unit that stands on a day where another one stood: itself, or its last successor
-- parameters: unit uuid or null; day
-- result: org_unit_id; null for a null unit
-- locks: none
-- errors: none
CREATE OR REPLACE FUNCTION foundation.org_unit_in_force(p_org_unit_id uuid, p_on date)
RETURNS uuid
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE heir AS (
        SELECT p_org_unit_id AS unit_id, 0 AS step
        UNION ALL
        SELECT s.successor_id, heir.step + 1
        FROM heir
        INNER JOIN foundation.org_unit_successor AS s
            ON s.org_unit_id = heir.unit_id AND s.is_main AND s.valid_from <= p_on
    )

    SELECT heir.unit_id FROM heir ORDER BY heir.step DESC LIMIT 1
$$;
