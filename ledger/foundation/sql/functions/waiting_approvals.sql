-- purpose: what others asked for and somebody may decide, in several places at once
-- parameters: places (0: the platform) and beside each a kind that may be decided there; the person
--         who decides; request after which a page begins, or null; requests at most, or null
-- result: requests that wait, the newest first within each place
-- locks: none
-- errors: none
-- why: row-level security shows one tenant at a time; one statement instead of one per place
CREATE OR REPLACE FUNCTION foundation.waiting_approvals(
    p_tenants int[], p_kinds text[], p_person_id bigint, p_after uuid, p_limit int
)
RETURNS SETOF foundation.approval_request
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_before CONSTANT text := coalesce(current_setting('gongzhang.tenant_id', true), '');
    v_tenant int;
    v_kinds text[];
BEGIN
    FOR v_tenant, v_kinds IN
        SELECT w.tenant_id, array_agg(w.kind)
        FROM unnest(p_tenants, p_kinds) AS w (tenant_id, kind)
        GROUP BY w.tenant_id
    LOOP
        PERFORM set_config('gongzhang.tenant_id', v_tenant::text, true);
        RETURN QUERY
            SELECT r.*
            FROM foundation.approval_request AS r
            WHERE r.tenant_id = v_tenant AND r.kind = ANY (v_kinds)
                AND r.requested_person <> p_person_id
                AND r.expires_at > clock_timestamp()
                AND (p_after IS NULL OR r.approval_id < p_after)
                AND NOT EXISTS (
                    SELECT FROM foundation.approval_decision AS d
                    WHERE d.tenant_id = v_tenant AND d.approval_id = r.approval_id
                )
            ORDER BY r.approval_id DESC
            LIMIT p_limit;
    END LOOP;
    PERFORM set_config('gongzhang.tenant_id', v_before, true);
END
$$;
