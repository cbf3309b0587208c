-- purpose: tell whether two grants reach the same place on a day
-- parameters: tenant or null and unit or null of the one, the same of the other; day
-- result: true when some tenant lies in both; a grant with neither reaches the whole platform
-- locks: none
-- errors: none
CREATE OR REPLACE FUNCTION foundation.scopes_meet(
    p_tenant_id int,
    p_org_unit_id uuid,
    p_other_tenant_id int,
    p_other_org_unit_id uuid,
    p_on date
) RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN coalesce(p_tenant_id::text, p_org_unit_id::text) IS NULL THEN true
        WHEN coalesce(p_other_tenant_id::text, p_other_org_unit_id::text) IS NULL THEN true
        WHEN p_org_unit_id IS NULL AND p_other_org_unit_id IS NULL
            THEN p_tenant_id = p_other_tenant_id
        WHEN p_org_unit_id IS NULL THEN EXISTS (
            SELECT 1 FROM foundation.tenants_in_unit(p_other_org_unit_id, p_on) AS t
            WHERE t.scope_tenant_id = p_tenant_id)
        WHEN p_other_org_unit_id IS NULL THEN EXISTS (
            SELECT 1 FROM foundation.tenants_in_unit(p_org_unit_id, p_on) AS t
            WHERE t.scope_tenant_id = p_other_tenant_id)
        ELSE EXISTS (
            SELECT 1 FROM foundation.org_unit_chain(p_org_unit_id, p_on) AS c
            WHERE c.org_unit_id = p_other_org_unit_id
            UNION ALL
            SELECT 1 FROM foundation.org_unit_chain(p_other_org_unit_id, p_on) AS c
            WHERE c.org_unit_id = p_org_unit_id)
    END
$$;
