-- purpose: begin to close an accounting month: from the commit on, no new entry is booked into it
-- parameters: tenant, book, first day of the month
-- result: null, or why it was refused: period_not_over, earlier_period_open, period_already_closed
-- locks: the book row, so that one month closes at a time; the period row
-- errors: none of its own
-- why: postings under way may still finish; finish_closing runs when they have
CREATE OR REPLACE FUNCTION books.begin_closing(p_tenant_id int, p_book text, p_month date)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_first date;
    v_status text;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    SELECT b.first_period INTO v_first FROM books.book b
    WHERE b.tenant_id = p_tenant_id AND b.book_code = p_book FOR UPDATE;
    IF v_first IS NULL OR p_month < v_first OR extract(day FROM p_month) <> 1 THEN
        RETURN 'period_not_found';
    END IF;
    IF p_month + interval '1 month' > (clock_timestamp() AT TIME ZONE 'Asia/Shanghai') THEN
        RETURN 'period_not_over';
    END IF;
    SELECT p.status INTO v_status FROM books.period p
    WHERE p.tenant_id = p_tenant_id AND p.book_code = p_book AND p.month = p_month
    FOR UPDATE;  -- another closing may be about to finish
    IF v_status = 'closed' THEN
        RETURN 'period_already_closed';
    END IF;
    IF p_month > v_first AND NOT EXISTS (
        SELECT 1 FROM books.period p
        WHERE p.tenant_id = p_tenant_id AND p.book_code = p_book AND p.status = 'closed'
            AND p.month = (p_month - interval '1 month')::date)
    THEN
        RETURN 'earlier_period_open';
    END IF;
    INSERT INTO books.period (tenant_id, book_code, month, status, changed_at)
    VALUES (p_tenant_id, p_book, p_month, 'closing', clock_timestamp())
    ON CONFLICT (tenant_id, book_code, month)
    DO UPDATE SET status = 'closing', changed_at = excluded.changed_at, reopened_until = NULL;
    RETURN NULL;
END
$$;
