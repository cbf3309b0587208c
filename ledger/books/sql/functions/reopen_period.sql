-- purpose: reopen the last closed month of a book: one person asks, another agrees
-- parameters: tenant, book, first day of the month, reason, caller, change id, how long
--         it stays open
-- result: null (reopened), 'reopening_requested' (the second person is still to come), or why it
--         was refused: period_not_closed, later_period_closed, same_person
-- locks: the book row
-- errors: none of its own
-- why: a request holds for 24 hours; the month closes again by itself for new entries
CREATE OR REPLACE FUNCTION books.reopen_period(
    p_tenant_id int,
    p_book text,
    p_month date,
    p_reason text,
    p_caller_id int,
    p_change_id uuid,
    p_open_for interval
) RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_status text;
    v_asked record;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    PERFORM 1 FROM books.book b
    WHERE b.tenant_id = p_tenant_id AND b.book_code = p_book FOR UPDATE;
    SELECT p.status INTO v_status FROM books.period p
    WHERE p.tenant_id = p_tenant_id AND p.book_code = p_book AND p.month = p_month;
    IF v_status IS DISTINCT FROM 'closed' THEN
        RETURN 'period_not_closed';
    END IF;
    IF EXISTS (SELECT 1 FROM books.period p WHERE p.tenant_id = p_tenant_id
        AND p.book_code = p_book AND p.month > p_month AND p.status <> 'open')
    THEN
        RETURN 'later_period_closed';
    END IF;
    SELECT c.caller_id, c.action INTO v_asked FROM books.period_change c
    WHERE c.tenant_id = p_tenant_id AND c.book_code = p_book AND c.month = p_month
        AND c.changed_at > clock_timestamp() - interval '24 hours'
    ORDER BY c.changed_at DESC LIMIT 1;
    IF v_asked.action IS DISTINCT FROM 'request_reopening' THEN
        INSERT INTO books.period_change (tenant_id, change_id, book_code, month, action, reason,
            caller_id, changed_at)
        VALUES (p_tenant_id, p_change_id, p_book, p_month, 'request_reopening', p_reason,
            p_caller_id, clock_timestamp());
        RETURN 'reopening_requested';
    END IF;
    IF v_asked.caller_id = p_caller_id THEN
        RETURN 'same_person';
    END IF;
    UPDATE books.period p
    SET status = 'open', changed_at = clock_timestamp(),
        reopened_until = clock_timestamp() + p_open_for
    WHERE p.tenant_id = p_tenant_id AND p.book_code = p_book AND p.month = p_month;
    INSERT INTO books.period_change (tenant_id, change_id, book_code, month, action, reason,
        caller_id, approver_id, changed_at)
    VALUES (p_tenant_id, p_change_id, p_book, p_month, 'reopen', p_reason, v_asked.caller_id,
        p_caller_id, clock_timestamp());
    RETURN NULL;
END
$$;
