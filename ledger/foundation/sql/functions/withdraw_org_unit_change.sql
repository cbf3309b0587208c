-- purpose: take back what is set down for a unit from a day to come: a new name or place, its end
-- parameters: unit; the day
-- result: null, or why not: change_missing, change_in_force, change_built_on
-- locks: org_unit_placement, against other writers until the transaction ends; readers go on
-- errors: none
-- why: a merger or a split goes as a whole, with every unit that would end and every one that would
--         begin; what names such a new unit already stands in the way. No service may delete here,
--         and keep_org_units lets nobody touch a day that has come
CREATE OR REPLACE FUNCTION foundation.withdraw_org_unit_change(p_org_unit_id uuid, p_from date)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_ending uuid[];
    v_beginning uuid[];
BEGIN
    PERFORM foundation.lock_org_units();
    IF p_from <= (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date THEN
        RETURN 'change_in_force';
    END IF;
    PERFORM 1 FROM foundation.org_unit_placement p
    WHERE p.org_unit_id = p_org_unit_id AND p.valid_from = p_from AND EXISTS (
        SELECT 1 FROM foundation.org_unit_placement b
        WHERE b.org_unit_id = p_org_unit_id AND b.valid_from < p_from);
    IF NOT FOUND THEN
        RETURN 'change_missing';
    END IF;
    SELECT coalesce(array_agg(DISTINCT e.org_unit_id), ARRAY[p_org_unit_id]),
        coalesce(array_agg(DISTINCT s.successor_id) FILTER (WHERE NOT EXISTS (
            SELECT 1 FROM foundation.org_unit_placement b
            WHERE b.org_unit_id = s.successor_id AND b.valid_from < p_from)), '{}')
    INTO v_ending, v_beginning
    FROM foundation.org_unit_successor s
    JOIN foundation.org_unit_successor e
        ON e.successor_id = s.successor_id AND e.valid_from = p_from
    WHERE s.org_unit_id = p_org_unit_id AND s.valid_from = p_from;
    IF EXISTS (
        SELECT 1 FROM foundation.org_unit_placement p
        WHERE p.org_unit_id = ANY (v_beginning) AND p.valid_from > p_from)
    THEN
        RETURN 'change_built_on';
    END IF;
    DELETE FROM foundation.org_unit_successor s
    WHERE s.org_unit_id = ANY (v_ending) AND s.valid_from = p_from;
    DELETE FROM foundation.org_unit_placement p
    WHERE p.org_unit_id = ANY (v_ending || v_beginning) AND p.valid_from = p_from;
    DELETE FROM foundation.org_unit u WHERE u.org_unit_id = ANY (v_beginning);
    RETURN NULL;
EXCEPTION WHEN foreign_key_violation THEN
    RETURN 'change_built_on';
END
$$;
