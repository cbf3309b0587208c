-- purpose: write down the expiry buckets that a batch changed
-- access: internal
-- parameters: tenant; account ids by position; per bucket: position of its account, date, balance,
--         whether it changed
-- result: none
-- locks: none; the caller holds the account locks, which guard the buckets
-- errors: none
-- why: one statement a batch
CREATE OR REPLACE FUNCTION books.store_buckets(
    p_tenant_id int,
    p_account_ids int[],
    p_places int[],
    p_dates date[],
    p_balances bigint[],
    p_dirty boolean[]
) RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO books.expiry_bucket (tenant_id, account_id, expires_on, balance)
    SELECT p_tenant_id, p_account_ids[u.place], u.expires_on, u.balance
    FROM unnest(p_places, p_dates, p_balances, p_dirty) AS u (place, expires_on, balance, dirty)
    WHERE u.dirty
    ON CONFLICT (tenant_id, account_id, expires_on) DO UPDATE SET balance = excluded.balance
$$;
