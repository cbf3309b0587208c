-- purpose: end a grant that is in force or still to come
-- parameters: grant, when, by whom, why, approval or null, tenant where that was asked (0: the
--         platform)
-- result: caller and role, and null; or the code of the refusal: second_person_needed; no row when
--         there is no such grant, or it is over
-- locks: the grant
-- errors: none
CREATE OR REPLACE FUNCTION foundation.end_role(
    p_grant_id uuid,
    p_at timestamptz,
    p_by int,
    p_reason text,
    p_approval_id uuid,
    p_asked_in int
) RETURNS TABLE (caller_id int, role_code text, scope_tenant_id int, refusal text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT g.caller_id, g.role_code, g.scope_tenant_id
    INTO end_role.caller_id, end_role.role_code, end_role.scope_tenant_id
    FROM foundation.role_grant g
    WHERE g.grant_id = p_grant_id AND (g.valid_to IS NULL OR g.valid_to > p_at)
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF p_by <> 1
        AND (SELECT r.needs_two_people FROM foundation.role r
            WHERE r.role_code = end_role.role_code)
        AND NOT foundation.role_change_approved(p_asked_in, p_approval_id,
            jsonb_build_object(
                'action', 'end', 'role', end_role.role_code, 'grant_id', p_grant_id),
            p_grant_id)
    THEN
        refusal := 'second_person_needed';
        RETURN NEXT;
        RETURN;
    END IF;
    UPDATE foundation.role_grant g
    SET valid_to = greatest(g.valid_from, p_at), ended_by = p_by, end_reason = p_reason
    WHERE g.grant_id = p_grant_id;
    RETURN NEXT;
END
$$;
