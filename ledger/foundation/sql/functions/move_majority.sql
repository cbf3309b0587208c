-- purpose: let the guardianships of a minor end on the day that a corrected birthday tells
-- parameters: the ward's person; the day on which she is of age; the moment; who corrected; the
--         reason of those that end at once because she is of age
-- result: per guardianship that moved: tenant, guardianship, guardian's person, whether it is over
-- locks: the guardianships, then the grants
-- errors: none
-- why: row-level security shows one programme at a time. A role that somebody ended stays ended
CREATE OR REPLACE FUNCTION foundation.move_majority(
    p_person_id bigint, p_until date, p_at timestamptz, p_by int, p_reason text
) RETURNS TABLE (tenant_id int, guardianship_id uuid, guardian_id bigint, is_over boolean)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_before CONSTANT text := coalesce(current_setting('gongzhang.tenant_id', true), '');
    v_end CONSTANT timestamptz := p_until::timestamp AT TIME ZONE 'Asia/Shanghai';
    v_ward record;
    v_tie record;
BEGIN
    is_over := v_end <= p_at;
    FOR v_ward IN
        SELECT m.tenant_id, m.member_id FROM foundation.memberships_of(p_person_id) AS m
    LOOP
        PERFORM set_config('gongzhang.tenant_id', v_ward.tenant_id::text, true);
        FOR v_tie IN
            SELECT g.guardianship_id, g.person_id, g.grant_id
            FROM foundation.guardianship AS g
            WHERE g.tenant_id = v_ward.tenant_id AND g.ward_member_id = v_ward.member_id
                AND g.kind = 'minor' AND g.ends_on IS NULL
            FOR UPDATE
        LOOP
            UPDATE foundation.role_grant AS r
            SET valid_to = greatest(
                r.valid_from, CASE WHEN is_over THEN least(r.valid_to, p_at) ELSE v_end END)
            WHERE r.grant_id = v_tie.grant_id AND r.ended_by IS NULL
                AND (is_over OR r.valid_to IS DISTINCT FROM v_end);
            CONTINUE WHEN NOT FOUND AND NOT is_over;
            UPDATE foundation.guardianship AS g
            SET ends_on = greatest(g.begins_on, (p_at AT TIME ZONE 'Asia/Shanghai')::date),
                end_reason = p_reason, ended_by = p_by
            WHERE is_over AND g.tenant_id = v_ward.tenant_id
                AND g.guardianship_id = v_tie.guardianship_id;
            tenant_id := v_ward.tenant_id;
            guardianship_id := v_tie.guardianship_id;
            guardian_id := v_tie.person_id;
            RETURN NEXT;
        END LOOP;
    END LOOP;
    PERFORM set_config('gongzhang.tenant_id', v_before, true);
END
$$;
