-- purpose: the version an account had at a moment: its transfers posted up to then
-- parameters: tenant, account, moment
-- result: the version; 0 before its first transfer
-- locks: none
-- errors: none
-- why: posting moments never decrease along versions, so a binary search is exact, in O(log n)
CREATE OR REPLACE FUNCTION books.version_at(
    p_tenant_id int,
    p_account_id int,
    p_moment timestamptz
) RETURNS bigint
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_low bigint := 0;
    v_high bigint;
    v_middle bigint;
    v_posted_at timestamptz;
BEGIN
    SELECT a.version INTO v_high FROM books.account a
    WHERE a.tenant_id = p_tenant_id AND a.account_id = p_account_id;
    WHILE v_low < v_high LOOP
        v_middle := (v_low + v_high + 1) / 2;
        SELECT e.posted_at INTO v_posted_at
        FROM (
            SELECT t.entry_id FROM books.transfer t
            WHERE t.tenant_id = p_tenant_id AND t.debit_account_id = p_account_id
                AND t.debit_version = v_middle
            UNION ALL
            SELECT t.entry_id FROM books.transfer t
            WHERE t.tenant_id = p_tenant_id AND t.credit_account_id = p_account_id
                AND t.credit_version = v_middle
        ) x
        JOIN books.entry e ON e.tenant_id = p_tenant_id AND e.entry_id = x.entry_id;
        IF v_posted_at <= p_moment THEN
            v_low := v_middle;
        ELSE
            v_high := v_middle - 1;
        END IF;
    END LOOP;
    RETURN coalesce(v_low, 0);
END
$$;
