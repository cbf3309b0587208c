-- purpose: write down the expiry buckets that a batch changed
-- access: internal
-- parameters: tenant; account ids by position; per bucket: position of its account, date, balance,
--         whether it changed; the rows of those that load_buckets read, which come first
-- result: none
-- locks: none; the caller holds the account locks, which guard the buckets and keep their rows
--         where they were read
-- errors: GZ003 a row is not where it was read: the account lock was not held
-- why: one statement for what was read, one for what was only credited, whose balance here is what
--      is to be added
CREATE OR REPLACE FUNCTION books.store_buckets(
    p_tenant_id int,
    p_account_ids int[],
    p_places int[],
    p_dates date[],
    p_balances bigint[],
    p_dirty boolean[],
    p_tuples tid[]
) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n CONSTANT int := cardinality(p_dirty);
    m CONSTANT int := coalesce(cardinality(p_tuples), 0);
    v_written int := 0;
BEGIN
    IF m > 0 THEN
        UPDATE books.expiry_bucket b SET balance = u.balance
        FROM unnest(p_tuples, p_places[1:m], p_dates[1:m], p_balances[1:m], p_dirty[1:m])
            AS u (row, place, expires_on, balance, dirty)
        WHERE u.dirty AND b.ctid = u.row AND b.tenant_id = p_tenant_id
            AND b.account_id = p_account_ids[u.place] AND b.expires_on = u.expires_on;
        GET DIAGNOSTICS v_written = ROW_COUNT;
        IF v_written <> cardinality(array_positions(p_dirty[1:m], true)) THEN
            RAISE EXCEPTION 'an expiry bucket is not where it was read' USING ERRCODE = 'GZ003';
        END IF;
    END IF;
    IF n > m THEN
        INSERT INTO books.expiry_bucket AS b (tenant_id, account_id, expires_on, balance)
        SELECT p_tenant_id, p_account_ids[u.place], u.expires_on, u.balance
        FROM unnest(p_places[m + 1:], p_dates[m + 1:], p_balances[m + 1:])
            AS u (place, expires_on, balance)
        WHERE u.balance > 0
        ON CONFLICT (tenant_id, account_id, expires_on)
            DO UPDATE SET balance = b.balance + excluded.balance;
    END IF;
END
$$;
