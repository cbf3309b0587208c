-- purpose: erase the free text beside every entry that touched a holder's accounts
-- parameters: tenant, holder of accounts
-- result: memos erased
-- locks: the rows of the memos
-- errors: none of its own
-- why: with its salt gone, the commitment that the seal holds tells nothing of the text any more;
--      the journal itself does not change
CREATE OR REPLACE FUNCTION books.erase_memos(p_tenant_id int, p_holder_id uuid) RETURNS int
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_erased int;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    UPDATE books.entry_memo m SET memo = NULL, salt = NULL
    WHERE m.tenant_id = p_tenant_id AND m.memo IS NOT NULL AND m.entry_id IN (
        SELECT t.entry_id
        FROM books.account a
        JOIN books.transfer t ON t.tenant_id = p_tenant_id
            AND (t.debit_account_id = a.account_id OR t.credit_account_id = a.account_id)
        WHERE a.tenant_id = p_tenant_id AND a.holder_id = p_holder_id
    );
    GET DIAGNOSTICS v_erased = ROW_COUNT;
    RETURN v_erased;
END
$$;
