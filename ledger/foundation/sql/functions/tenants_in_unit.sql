-- purpose: programmes and estates that lie in a unit on a day
-- parameters: unit uuid; day
-- result: tenant numbers; none for a null unit
-- locks: none
-- errors: none
-- why: a role given in a unit reaches what lies in it on the day it is used, and nothing longer
CREATE OR REPLACE FUNCTION foundation.tenants_in_unit(p_org_unit_id uuid, p_on date)
RETURNS TABLE (scope_tenant_id int)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.scope_tenant_id
    FROM (
        SELECT g.scope_tenant_id, g.org_unit_id FROM foundation.programme AS g
        UNION ALL
        SELECT e.scope_tenant_id, e.org_unit_id FROM foundation.estate AS e
    ) AS t
    WHERE EXISTS (
        SELECT 1 FROM foundation.org_unit_chain(t.org_unit_id, p_on) AS c
        WHERE c.org_unit_id = p_org_unit_id
    )
$$;
