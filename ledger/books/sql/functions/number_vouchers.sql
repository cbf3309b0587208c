-- purpose: give entries their 记-numbers, gap-free per book and accounting month
-- access: internal
-- parameters: tenant; the transfers of the batch, in order
-- result: none; rows in books.voucher for each entry and each numbered book it touches
-- locks: the counter rows, in (book, month) order; taken last of all locks
-- errors: none of its own
-- why: the numbering of a Chinese book has no gaps, so the counter moves with the entry
CREATE OR REPLACE FUNCTION books.number_vouchers(p_tenant_id int, p_transfers books.transfer[])
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH touched AS (
        SELECT t.entry_id, a.book_code, date_trunc('month', e.booked_on)::date AS period,
            min(t.ordinality) AS place
        FROM unnest(p_transfers) WITH ORDINALITY AS t
        -- each found by its key, whatever the statistics: hence OFFSET 0
        CROSS JOIN LATERAL (
            SELECT x.book_code FROM books.account x
            WHERE x.tenant_id = p_tenant_id AND x.account_id = t.debit_account_id
            OFFSET 0
        ) a
        JOIN books.book b
            ON b.tenant_id = p_tenant_id AND b.book_code = a.book_code AND b.numbers_vouchers
        CROSS JOIN LATERAL (
            SELECT x.booked_on FROM books.entry x
            WHERE x.tenant_id = p_tenant_id AND x.entry_id = t.entry_id
            OFFSET 0
        ) e
        GROUP BY t.entry_id, a.book_code, e.booked_on
    ),
    wanted AS (
        SELECT x.*, row_number() OVER (PARTITION BY x.book_code, x.period ORDER BY x.place) AS rank
        FROM touched x
    ),
    counted AS (
        SELECT w.book_code, w.period, count(*)::int AS entries
        FROM wanted w
        GROUP BY w.book_code, w.period
        ORDER BY w.book_code, w.period
    ),
    moved AS (
        INSERT INTO books.voucher_counter AS c (tenant_id, book_code, period, last_number)
        SELECT p_tenant_id, counted.book_code, counted.period, counted.entries FROM counted
        ON CONFLICT (tenant_id, book_code, period)
        DO UPDATE SET last_number = c.last_number + excluded.last_number
        RETURNING c.book_code, c.period, c.last_number
    )
    INSERT INTO books.voucher (tenant_id, book_code, period, number, entry_id)
    SELECT p_tenant_id, w.book_code, w.period, m.last_number - k.entries + w.rank, w.entry_id
    FROM wanted w
    JOIN counted k USING (book_code, period)
    JOIN moved m USING (book_code, period)
$$;
