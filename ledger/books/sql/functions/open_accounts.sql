-- purpose: open accounts; those that exist are left as they are
-- parameters: tenant; per account: book, chart position, holder (null: programme-wide), public id
-- result: none; the rows are there afterwards
-- locks: the tenant row, so that account numbers are given out in order and accounts open once
-- errors: 23503 when the chart has no such position
-- why: accounts open at enrolment, in a short transaction of their own, never inside a batch
CREATE OR REPLACE FUNCTION books.open_accounts(
    p_tenant_id int,
    p_books text[],
    p_codes text[],
    p_holders uuid[],
    p_public_ids uuid[]
) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_last int;
    v_opened int;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    SELECT t.last_account_id INTO v_last
    FROM books.tenant t WHERE t.tenant_id = p_tenant_id FOR UPDATE;
    WITH missing AS (
        SELECT DISTINCT ON (u.book_code, u.account_code, u.holder_id)
            u.book_code, u.account_code, u.holder_id, u.public_id, u.item
        FROM unnest(p_books, p_codes, p_holders, p_public_ids) WITH ORDINALITY
            AS u (book_code, account_code, holder_id, public_id, item)
        -- one look into the unique index for each: a join, or IS NOT DISTINCT FROM, which no index
        -- knows, would read every account of the position for every account asked for
        WHERE (
            SELECT a.account_id FROM books.account a
            WHERE a.tenant_id = p_tenant_id AND a.book_code = u.book_code
                AND a.account_code = u.account_code AND a.holder_id = u.holder_id
        ) IS NULL AND (u.holder_id IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM books.account a
            WHERE a.tenant_id = p_tenant_id AND a.book_code = u.book_code
                AND a.account_code = u.account_code AND a.holder_id IS NULL))
        ORDER BY u.book_code, u.account_code, u.holder_id, u.item
    ),
    opened AS (
        INSERT INTO books.account (tenant_id, account_id, version, debits_posted, credits_posted,
            last_posted_at, floor, normal_side, status, tracks_expiry, book_code, account_code,
            public_id, holder_id)
        SELECT p_tenant_id, v_last + row_number() OVER (ORDER BY m.item), 0, 0, 0,
            clock_timestamp(), c.floor, c.normal_side, 0, c.tracks_expiry, m.book_code,
            m.account_code, m.public_id, m.holder_id
        FROM missing m
        LEFT JOIN books.chart_account c
            ON c.tenant_id = p_tenant_id AND c.book_code = m.book_code
            AND c.account_code = m.account_code
        RETURNING 1
    )
    SELECT count(*) INTO v_opened FROM opened;
    UPDATE books.tenant t SET last_account_id = v_last + v_opened
    WHERE t.tenant_id = p_tenant_id AND v_opened > 0;
END
$$;
