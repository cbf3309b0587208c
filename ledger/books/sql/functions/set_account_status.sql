-- purpose: freeze, unfreeze, close or reopen an account, on record
-- parameters: tenant, account, new status (0 open, 1 frozen, 2 closed), reason, caller, change id
-- result: null, or why it was refused: account_not_empty (closing with a
--         balance or an open hold)
-- locks: the account row
-- errors: none of its own
-- why: an account is closed only at zero, so closing never hides units; an open hold may still
--      give units back
CREATE OR REPLACE FUNCTION books.set_account_status(
    p_tenant_id int,
    p_account_id int,
    p_status smallint,
    p_reason text,
    p_caller_id int,
    p_change_id uuid
) RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_balance bigint;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    SELECT a.debits_posted - a.credits_posted INTO v_balance
    FROM books.account a
    WHERE a.tenant_id = p_tenant_id AND a.account_id = p_account_id
    FOR NO KEY UPDATE;
    IF p_status = 2 AND (v_balance <> 0 OR EXISTS (
        SELECT 1 FROM books.hold h
        WHERE h.tenant_id = p_tenant_id AND h.account_id = p_account_id AND h.status = 0))
    THEN
        RETURN 'account_not_empty';
    END IF;
    UPDATE books.account a SET status = p_status
    WHERE a.tenant_id = p_tenant_id AND a.account_id = p_account_id;
    INSERT INTO books.account_change (tenant_id, change_id, account_id, status, reason,
        caller_id, changed_at)
    VALUES (p_tenant_id, p_change_id, p_account_id, p_status, p_reason, p_caller_id,
        clock_timestamp());
    RETURN NULL;
END
$$;
