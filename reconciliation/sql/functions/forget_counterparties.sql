-- purpose: empty what old bank lines say about people
-- parameters: tenant; first day that is kept; most lines
-- result: lines emptied
-- locks: the rows
-- errors: none of its own
-- why: the service may not change bank lines; nothing but these columns can be emptied, and only
--      of lines from at least a year ago, whatever the caller asks for
CREATE OR REPLACE FUNCTION reconciliation.forget_counterparties(
    p_tenant_id int, p_before date, p_limit int
) RETURNS int
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_emptied int;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    UPDATE reconciliation.statement_line l
    SET counterparty_name = '', counterparty_account_last4 = '', counterparty_account_digest = NULL,
        summary = '', remark = '', raw_text = ''
    WHERE l.tenant_id = p_tenant_id AND l.statement_line_id IN (
        SELECT o.statement_line_id
        FROM reconciliation.statement_line o
        WHERE o.tenant_id = p_tenant_id
            AND o.booked_on < least(p_before, (now() - interval '1 year')::date)
            AND (o.counterparty_name <> '' OR o.remark <> '' OR o.summary <> '' OR o.raw_text <> '')
        ORDER BY o.booked_on, o.statement_line_id
        LIMIT p_limit
    );
    GET DIAGNOSTICS v_emptied = ROW_COUNT;
    RETURN v_emptied;
END
$$;
