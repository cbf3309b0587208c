-- purpose: what waits about somebody, or was asked for by her, in every place
-- parameters: the person; ids by which a request may name her: her own, of her memberships and of
--         her accounts
-- result: requests that wait
-- locks: none
-- errors: none
-- why: row-level security shows one tenant at a time, and any place may have asked about her
CREATE OR REPLACE FUNCTION foundation.waiting_requests_about(p_person_id bigint, p_ids uuid[])
RETURNS SETOF foundation.approval_request
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_before CONSTANT text := coalesce(current_setting('gongzhang.tenant_id', true), '');
    v_named CONSTANT text[] := ARRAY(SELECT '%"' || u || '"%' FROM unnest(p_ids) AS u);
    v_tenant int;
BEGIN
    FOR v_tenant IN
        SELECT 0
        UNION ALL SELECT p.scope_tenant_id FROM foundation.programme AS p
        UNION ALL SELECT e.scope_tenant_id FROM foundation.estate AS e
    LOOP
        PERFORM set_config('gongzhang.tenant_id', v_tenant::text, true);
        RETURN QUERY
            SELECT r.*
            FROM foundation.approval_request AS r
            WHERE r.tenant_id = v_tenant
                AND (r.requested_person = p_person_id OR r.asked LIKE ANY (v_named))
                AND r.expires_at > clock_timestamp()
                AND NOT EXISTS (
                    SELECT FROM foundation.approval_decision AS d
                    WHERE d.tenant_id = v_tenant AND d.approval_id = r.approval_id
                );
    END LOOP;
    PERFORM set_config('gongzhang.tenant_id', v_before, true);
END
$$;
