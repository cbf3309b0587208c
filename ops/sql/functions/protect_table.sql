-- purpose: give a table its row-level security and append-only trigger, touching it only if it
--   differs: a table that is as it should be is not locked, so guards are applied while serving
-- parameters: p_table; p_has_tenant: it has a tenant_id, so rows are seen by tenant;
--   p_append_only: UPDATE, DELETE and TRUNCATE are refused by a trigger
-- result: none. deployment.policy_model carries the policies that others are compared with, as the
--   server itself writes them down
-- locks: ACCESS EXCLUSIVE (policies) or SHARE ROW EXCLUSIVE (trigger) on a table that differs
-- errors: 55P03 when the lock is not to be had within lock_timeout
CREATE OR REPLACE PROCEDURE deployment.protect_table(
    p_table regclass, p_has_tenant boolean, p_append_only boolean
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_model CONSTANT regclass := 'deployment.policy_model';
    v_tenant CONSTANT text :=
        'tenant_id = (SELECT nullif(current_setting(''gongzhang.tenant_id'', true), '''')::int)';
    v_before_update_delete_truncate CONSTANT int := 2 + 8 + 16 + 32;
    v_policies jsonb[];
    v_is_protected boolean;
    v_has_trigger boolean;
    v_name name;
BEGIN
    SELECT array_agg(
        (
            SELECT jsonb_agg(
                jsonb_build_array(
                    polname, polcmd, polpermissive, polroles::text,
                    pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
                )
                ORDER BY polname
            )
            FROM pg_policy
            WHERE polrelid = compared.relation
        )
        ORDER BY compared.place
    )
    INTO v_policies
    FROM unnest(ARRAY[p_table, v_model]) WITH ORDINALITY AS compared (relation, place);
    SELECT relrowsecurity AND relforcerowsecurity INTO v_is_protected
    FROM pg_class WHERE oid = p_table;

    IF p_has_tenant AND (p_table = v_model OR v_policies[1] IS DISTINCT FROM v_policies[2]) THEN
        FOR v_name IN SELECT polname FROM pg_policy WHERE polrelid = p_table LOOP
            EXECUTE format('DROP POLICY %I ON %s', v_name, p_table);
        END LOOP;
        EXECUTE format(
            'CREATE POLICY tenant_is_current ON %s USING (%s) WITH CHECK (%2$s)', p_table, v_tenant
        );
        EXECUTE format(
            'CREATE POLICY backup_reads_all ON %s FOR SELECT TO gongzhang_backup USING (true)',
            p_table
        );
    END IF;
    IF p_has_tenant AND NOT v_is_protected AND p_table <> v_model THEN
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
    END IF;

    v_has_trigger := EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = p_table AND tgname = 'rows_are_append_only' AND tgenabled = 'O'
          AND tgtype = v_before_update_delete_truncate
          AND tgfoid = 'deployment.refuse_change'::regproc
    );
    IF p_append_only AND NOT v_has_trigger THEN
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER rows_are_append_only'
            ' BEFORE UPDATE OR DELETE OR TRUNCATE ON %s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION deployment.refuse_change()',
            p_table
        );
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER rows_are_append_only', p_table);
    ELSIF NOT p_append_only AND EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = p_table AND tgname = 'rows_are_append_only'
    ) THEN
        EXECUTE format('DROP TRIGGER rows_are_append_only ON %s', p_table);
    END IF;
END
$$;
