-- purpose: tell the endpoints of a tenant which requests nobody decided in time
-- parameters: tenant; requests
-- result: none
-- locks: the new rows
-- errors: none
-- why: whatever is named, only what is over and undecided is told
CREATE OR REPLACE FUNCTION foundation.announce_expired(p_tenant_id int, p_approval_ids uuid[])
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    PERFORM foundation.announce(p_tenant_id, 'approval.expired',
        array_agg(r.approval_id), array_agg(r.kind))
    FROM foundation.approval_request r
    WHERE r.tenant_id = p_tenant_id AND r.approval_id = ANY (p_approval_ids)
        AND r.expires_at <= clock_timestamp()
        AND NOT EXISTS (SELECT 1 FROM foundation.approval_decision d
            WHERE d.tenant_id = p_tenant_id AND d.approval_id = r.approval_id)
    HAVING count(*) > 0;
END
$$;
