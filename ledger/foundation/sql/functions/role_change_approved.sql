-- purpose: tell whether a second person approved that a role is given or ended
-- parameters: tenant (0: the platform) where it was asked, approval, what must have been asked for
--         (fields of the request, null where it names none), grant
-- result: true when there is such an approval of exactly this, with this result
-- locks: none
-- errors: none
-- why: internal to the two functions that write grants; it leaves the tenant as it was
-- access: internal
CREATE OR REPLACE FUNCTION foundation.role_change_approved(
    p_tenant_id int,
    p_approval_id uuid,
    p_asked jsonb,
    p_grant_id uuid
) RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_before text := current_setting('gongzhang.tenant_id', true);
    v_found boolean;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    SELECT EXISTS (
        SELECT 1
        FROM foundation.approval_request r
        JOIN foundation.approval_decision d
            ON d.tenant_id = p_tenant_id AND d.approval_id = r.approval_id
        WHERE r.tenant_id = p_tenant_id AND r.approval_id = p_approval_id
            AND r.kind = 'role_change' AND r.asked::jsonb @> p_asked
            AND d.verdict = 'approved' AND d.result_id = p_grant_id
    ) INTO v_found;
    PERFORM set_config('gongzhang.tenant_id', coalesce(v_before, ''), true);
    RETURN v_found;
END
$$;
