-- purpose: close an accounting month that is closing: snapshot its balances, chain their hash
-- parameters: tenant, book, first day of the month, reason, caller, change id; the caller has
--         waited until every transaction older than the closing has ended
-- result: SHA-256 over the month before's hash and this month's balances; for a month that is not
--         closing: the hash of this very change, or null when another change closed it
-- locks: the period row
-- errors: none of its own
-- why: a reported figure never changes later; the chain shows it if one did
CREATE OR REPLACE FUNCTION books.finish_closing(
    p_tenant_id int,
    p_book text,
    p_month date,
    p_reason text,
    p_caller_id int,
    p_change_id uuid
) RETURNS bytea
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_after CONSTANT date := (p_month + interval '1 month')::date;
    v_before CONSTANT date := (p_month - interval '1 month')::date;
    v_previous bytea;
    v_hash bytea;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    PERFORM 1 FROM books.period p
    WHERE p.tenant_id = p_tenant_id AND p.book_code = p_book AND p.month = p_month
        AND p.status = 'closing' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN (SELECT c.snapshot_hash FROM books.period_change c
            WHERE c.tenant_id = p_tenant_id AND c.change_id = p_change_id
                AND c.book_code = p_book AND c.month = p_month);
    END IF;
    DELETE FROM books.period_balance b
    WHERE b.tenant_id = p_tenant_id AND b.book_code = p_book AND b.month = p_month;
    WITH sides AS (
        SELECT t.debit_account_id AS account_id, t.amount AS debit, 0::bigint AS credit,
            t.debit_version AS version, e.booked_on
        FROM books.entry e
        JOIN books.transfer t ON t.tenant_id = p_tenant_id AND t.entry_id = e.entry_id
        WHERE e.tenant_id = p_tenant_id AND e.booked_on >= p_month
        UNION ALL
        SELECT t.credit_account_id, 0, t.amount, t.credit_version, e.booked_on
        FROM books.entry e
        JOIN books.transfer t ON t.tenant_id = p_tenant_id AND t.entry_id = e.entry_id
        WHERE e.tenant_id = p_tenant_id AND e.booked_on >= p_month
    ),
    moved AS (
        SELECT s.account_id,
            coalesce(sum(s.debit) FILTER (WHERE s.booked_on < v_after), 0) AS debits,
            coalesce(sum(s.credit) FILTER (WHERE s.booked_on < v_after), 0) AS credits,
            min(s.version) FILTER (WHERE s.booked_on >= v_after) AS later_version
        FROM sides s GROUP BY s.account_id
    )
    INSERT INTO books.period_balance (tenant_id, book_code, month, account_id, debits_posted,
        credits_posted, later_version)
    SELECT p_tenant_id, p_book, p_month, a.account_id,
        coalesce(b.debits_posted, 0) + coalesce(m.debits, 0),
        coalesce(b.credits_posted, 0) + coalesce(m.credits, 0),
        coalesce(m.later_version, a.version + 1)
    FROM books.account a
    LEFT JOIN moved m ON m.account_id = a.account_id
    LEFT JOIN books.period_balance b
        ON b.tenant_id = p_tenant_id AND b.book_code = p_book AND b.month = v_before
        AND b.account_id = a.account_id
    WHERE a.tenant_id = p_tenant_id AND a.book_code = p_book AND a.version > 0
    ORDER BY a.account_id;
    SELECT p.snapshot_hash INTO v_previous FROM books.period p
    WHERE p.tenant_id = p_tenant_id AND p.book_code = p_book AND p.month = v_before;
    SELECT sha256(coalesce(v_previous, '') || convert_to(coalesce(string_agg(
        a.public_id || ':' || b.debits_posted || ':' || b.credits_posted, ';'
        ORDER BY a.account_id), ''), 'UTF8'))
    INTO v_hash
    FROM books.period_balance b
    JOIN books.account a ON a.tenant_id = p_tenant_id AND a.account_id = b.account_id
    WHERE b.tenant_id = p_tenant_id AND b.book_code = p_book AND b.month = p_month;
    UPDATE books.period p
    SET status = 'closed', snapshot_hash = v_hash, changed_at = clock_timestamp()
    WHERE p.tenant_id = p_tenant_id AND p.book_code = p_book AND p.month = p_month;
    INSERT INTO books.period_change (tenant_id, change_id, book_code, month, action, reason,
        caller_id, snapshot_hash, changed_at)
    VALUES (p_tenant_id, p_change_id, p_book, p_month, 'close', p_reason, p_caller_id, v_hash,
        clock_timestamp());
    RETURN v_hash;
END
$$;
