-- purpose: give a role to a caller; the same open grant is given once
-- parameters: grant, caller, role, tenant or null, unit or null (neither: the platform), object or
--         null, from, to (null: open), by whom, approval or null
-- result: the grant, new or existing, and null; or null and the code of the refusal with the role
--         that stands against it: roles_exclude_each_other, second_person_needed
-- locks: the caller, so that of two excluding roles given at once one is refused
-- errors: 23503 for an unknown role, caller or unit
-- why: whoever installs the service acts as the system (1) and gives the first roles alone;
--         nobody gives herself a role in a place alone, whichever it is
CREATE OR REPLACE FUNCTION foundation.give_role(
    p_grant_id uuid,
    p_caller_id int,
    p_role text,
    p_tenant_id int,
    p_org_unit_id uuid,
    p_object_id uuid,
    p_from timestamptz,
    p_to timestamptz,
    p_by int,
    p_approval_id uuid
) RETURNS TABLE (grant_id uuid, refusal text, other_role text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM foundation.caller c WHERE c.caller_id = p_caller_id FOR UPDATE;
    SELECT x.held_code INTO other_role
    FROM foundation.excluding_roles(p_caller_id, p_tenant_id, p_org_unit_id, p_from, p_to) x
    WHERE x.role_code = p_role
    LIMIT 1;
    IF FOUND THEN
        refusal := 'roles_exclude_each_other';
        RETURN NEXT;
        RETURN;
    END IF;
    IF p_by <> 1
        AND (p_by = p_caller_id AND p_object_id IS NULL
            OR (SELECT r.needs_two_people FROM foundation.role r WHERE r.role_code = p_role))
        AND NOT foundation.role_change_approved(coalesce(p_tenant_id, 0), p_approval_id,
            jsonb_build_object('action', 'give', 'role', p_role, 'person_id', (
                    SELECT p.public_id FROM foundation.person p WHERE p.caller_id = p_caller_id),
                'org_unit_id', p_org_unit_id, 'object_id', p_object_id),
            p_grant_id)
    THEN
        refusal := 'second_person_needed';
        RETURN NEXT;
        RETURN;
    END IF;
    INSERT INTO foundation.role_grant AS g (grant_id, caller_id, role_code, scope_tenant_id,
        object_id, valid_from, valid_to, granted_by, org_unit_id, approval_id)
    VALUES (p_grant_id, p_caller_id, p_role, p_tenant_id, p_object_id, p_from, p_to, p_by,
        p_org_unit_id, p_approval_id)
    ON CONFLICT (caller_id, role_code, scope_tenant_id, object_id, org_unit_id)
        WHERE valid_to IS NULL
    DO UPDATE SET valid_from = least(g.valid_from, excluded.valid_from)
    RETURNING g.grant_id INTO grant_id;
    RETURN NEXT;
END
$$;
