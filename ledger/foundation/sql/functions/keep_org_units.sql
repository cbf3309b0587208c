-- purpose: keep units as they were on every day that has come; only plans are taken back
-- parameters: none; a trigger
-- result: the row that goes
-- locks: none
-- errors: 25006 for any change, and for taking back what has begun
-- why: rules, roles and items of past days are looked up along past places
-- access: internal
CREATE OR REPLACE FUNCTION foundation.keep_org_units() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND (
        TG_TABLE_NAME = 'org_unit'
        OR (to_jsonb(OLD) ->> 'valid_from')::date
            > (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date)
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '%.% keeps what has begun: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'modifying_sql_data_not_permitted',
              SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END
$$;

DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['org_unit', 'org_unit_placement', 'org_unit_successor'] LOOP
        IF NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgrelid = ('foundation.' || v_table)::regclass AND tgname = 'rows_are_kept')
        THEN
            EXECUTE format('CREATE TRIGGER rows_are_kept BEFORE UPDATE OR DELETE ON foundation.%I '
                'FOR EACH ROW EXECUTE FUNCTION foundation.keep_org_units()', v_table);
        END IF;
    END LOOP;
END
$$;
