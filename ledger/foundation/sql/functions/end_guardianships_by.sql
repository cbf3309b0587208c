-- purpose: end the guardianships of whoever cannot be a guardian, confirmed or not
-- parameters: the guardian's person; the moment; who ends them; the reason
-- result: per guardianship: tenant, guardianship, the ward's person, the role to be ended with it
-- locks: the guardianships
-- errors: none
-- why: row-level security shows one programme at a time. One that ended with its role stays so
CREATE OR REPLACE FUNCTION foundation.end_guardianships_by(
    p_person_id bigint, p_at timestamptz, p_by int, p_reason text
) RETURNS TABLE (tenant_id int, guardianship_id uuid, ward_person_id bigint, grant_id uuid)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_before CONSTANT text := coalesce(current_setting('gongzhang.tenant_id', true), '');
    v_tenant_id int;
BEGIN
    FOR v_tenant_id IN SELECT p.scope_tenant_id FROM foundation.programme AS p LOOP
        PERFORM set_config('gongzhang.tenant_id', v_tenant_id::text, true);
        RETURN QUERY
            UPDATE foundation.guardianship AS g
            SET ends_on = greatest(g.begins_on, (p_at AT TIME ZONE 'Asia/Shanghai')::date),
                end_reason = p_reason, ended_by = p_by
            FROM foundation.member AS m
            WHERE g.tenant_id = v_tenant_id AND g.person_id = p_person_id AND g.ends_on IS NULL
                AND m.tenant_id = v_tenant_id AND m.member_id = g.ward_member_id
                AND NOT EXISTS (
                    SELECT 1 FROM foundation.role_grant AS r
                    WHERE r.grant_id = g.grant_id AND g.kind = 'minor' AND r.valid_to <= p_at
                )
            RETURNING g.tenant_id, g.guardianship_id, m.person_id, g.grant_id;
    END LOOP;
    PERFORM set_config('gongzhang.tenant_id', v_before, true);
END
$$;
