-- purpose: give entries their 记-numbers, gap-free per book and accounting month
-- access: internal
-- parameters: tenant; per entry and numbered book: entry, book, first day of the month; in order
-- result: none; rows in books.voucher
-- locks: the counter rows, in (book, month) order; taken last of all locks
-- errors: none of its own
-- why: the numbering of a Chinese book has no gaps, so the counter moves with the entry
CREATE OR REPLACE FUNCTION books.number_vouchers(
    p_tenant_id int,
    p_entry_ids uuid[],
    p_books text[],
    p_periods date[]
) RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH wanted AS (
        SELECT u.entry_id, u.book_code, u.period,
            row_number() OVER (PARTITION BY u.book_code, u.period ORDER BY u.item) AS place
        FROM unnest(p_entry_ids, p_books, p_periods) WITH ORDINALITY
            AS u (entry_id, book_code, period, item)
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
    SELECT p_tenant_id, w.book_code, w.period, m.last_number - k.entries + w.place, w.entry_id
    FROM wanted w
    JOIN counted k USING (book_code, period)
    JOIN moved m USING (book_code, period)
$$;
