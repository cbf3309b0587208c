-- purpose: reopen the last closed month of a book, asked for by one caller, agreed to by another
-- parameters: tenant, book, first day of the month, reason, who asked, who agreed (null: only say
--         whether it could be reopened), change id, how long it stays open
-- result: null (reopened, or it could be), or why not: period_not_closed, later_period_closed,
--         same_person
-- locks: the book row
-- errors: none of its own
-- why: the month closes again by itself for new entries
CREATE OR REPLACE FUNCTION books.reopen_period(
    p_tenant_id int,
    p_book text,
    p_month date,
    p_reason text,
    p_caller_id int,
    p_approver_id int,
    p_change_id uuid,
    p_open_for interval
) RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_status text;
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
    IF p_approver_id IS NULL THEN
        RETURN NULL;
    END IF;
    IF p_approver_id = p_caller_id THEN
        RETURN 'same_person';
    END IF;
    UPDATE books.period p
    SET status = 'open', changed_at = clock_timestamp(),
        reopened_until = clock_timestamp() + p_open_for
    WHERE p.tenant_id = p_tenant_id AND p.book_code = p_book AND p.month = p_month;
    INSERT INTO books.period_change (tenant_id, change_id, book_code, month, action, reason,
        caller_id, approver_id, changed_at)
    VALUES (p_tenant_id, p_change_id, p_book, p_month, 'reopen', p_reason, p_caller_id,
        p_approver_id, clock_timestamp());
    RETURN NULL;
END
$$;
