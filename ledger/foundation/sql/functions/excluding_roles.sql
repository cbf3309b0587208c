-- purpose: find the roles that somebody cannot be given in a place, for what is held there
-- parameters: caller; tenant or null, unit or null (neither: the platform); from, to (null: open)
-- result: each pair of a role that is barred and a role held that bars it
-- locks: none
-- errors: none
-- why: the list that is shown before anything is sent, and the refusal, are one rule
CREATE OR REPLACE FUNCTION foundation.excluding_roles(
    p_caller_id int,
    p_tenant_id int,
    p_org_unit_id uuid,
    p_from timestamptz,
    p_to timestamptz
) RETURNS TABLE (role_code text, held_code text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT x.role_code, x.excluded_code
    FROM foundation.role_grant g
    JOIN foundation.role_exclusion x ON x.excluded_code = g.role_code
    WHERE g.caller_id = p_caller_id
        AND (g.valid_to IS NULL OR g.valid_to > p_from)
        AND (p_to IS NULL OR g.valid_from < p_to)
        AND foundation.scopes_meet(
            p_tenant_id, p_org_unit_id, g.scope_tenant_id, g.org_unit_id,
            (p_from AT TIME ZONE 'Asia/Shanghai')::date)
$$;
