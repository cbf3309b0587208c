-- purpose: every programme of which a person is or was a member
-- parameters: person number
-- result: rows of foundation.member; the transaction sees the same tenant afterwards as before
-- locks: none
-- errors: none
-- why: members are seen by programme alone; asking each from outside takes two statements for it
CREATE OR REPLACE FUNCTION foundation.memberships_of(p_person_id bigint)
RETURNS SETOF foundation.member
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_before CONSTANT text := coalesce(current_setting('gongzhang.tenant_id', true), '');
    v_tenant_id int;
BEGIN
    FOR v_tenant_id IN SELECT g.scope_tenant_id FROM foundation.programme AS g LOOP
        PERFORM set_config('gongzhang.tenant_id', v_tenant_id::text, true);
        RETURN QUERY
            SELECT m.*
            FROM foundation.member AS m
            WHERE m.tenant_id = v_tenant_id AND m.person_id = p_person_id;
    END LOOP;
    PERFORM set_config('gongzhang.tenant_id', v_before, true);
END
$$;
