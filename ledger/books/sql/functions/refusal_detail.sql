-- purpose: the attributes of a refusal that a line of an entry caused
-- access: internal
-- parameters: tenant; code; line number; the account to blame; amount; what is available; unit;
--         book; accounting date; moment of occurrence
-- result: the attributes that belong to the code; accounts by public id
-- locks: none
-- errors: none
-- why: internal numbers never leave
CREATE OR REPLACE FUNCTION books.refusal_detail(
    p_tenant_id int,
    p_code text,
    p_line int,
    p_account_id int,
    p_amount bigint,
    p_available bigint,
    p_unit text,
    p_book text,
    p_booked_on date,
    p_occurred_at timestamptz
) RETURNS jsonb
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE p_code
        WHEN 'entry_without_lines' THEN '{}'
        ELSE jsonb_build_object('line', p_line)
    END || CASE
        WHEN p_code = 'entry_without_lines' THEN '{}'
        WHEN p_code = 'invalid_amount' THEN jsonb_build_object('amount', p_amount)
        WHEN p_code = 'occurred_in_future' THEN jsonb_build_object('occurred_at', p_occurred_at)
        WHEN p_code = 'period_not_open'
            THEN jsonb_build_object('book', p_book, 'booked_on', p_booked_on)
        ELSE jsonb_build_object('account', (
            SELECT a.public_id FROM books.account a
            WHERE a.tenant_id = p_tenant_id AND a.account_id = p_account_id))
    END || CASE p_code
        WHEN 'insufficient_balance' THEN jsonb_build_object(
            'available', greatest(p_available, 0), 'needed', p_amount, 'unit', p_unit)
        ELSE '{}'
    END
$$;
