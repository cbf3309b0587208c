-- purpose: write down the totals of the accounts that a batch changed
-- access: internal
-- parameters: tenant; posting moment; account ids, ascending, and their versions, debits and
--         credits after the batch; plain arrays, not a function's variables
-- result: none
-- locks: none; the caller holds the account locks
-- errors: none
-- why: the place of an id is found in the sorted array. A join would be planned by statistics, and
--      in a database that has none yet it reads every account of the tenant
CREATE OR REPLACE FUNCTION books.store_accounts(
    p_tenant_id int,
    p_now timestamptz,
    p_ids int[],
    p_versions bigint[],
    p_debits bigint[],
    p_credits bigint[]
) RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE books.account a
    SET version = p_versions[width_bucket(a.account_id, p_ids)],
        debits_posted = p_debits[width_bucket(a.account_id, p_ids)],
        credits_posted = p_credits[width_bucket(a.account_id, p_ids)],
        last_posted_at = p_now
    WHERE a.tenant_id = p_tenant_id AND a.account_id = ANY (p_ids)
        AND a.version < p_versions[width_bucket(a.account_id, p_ids)]
$$;
