-- purpose: prove that 记-numbers run from 1 in each book and month, one for each entry of the book
-- parameters: tenant
-- result: one row: numbers checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH given AS (
    SELECT v.book_code, v.period, v.number, v.entry_id,
        lag(v.number, 1, 0) OVER (PARTITION BY v.book_code, v.period ORDER BY v.number) AS previous
    FROM books.voucher v
    WHERE v.tenant_id = $1::int
),
counted AS (
    SELECT g.book_code, g.period, max(g.number) AS last FROM given g GROUP BY g.book_code, g.period
),
wanted AS (
    SELECT DISTINCT a.book_code, t.entry_id
    FROM books.book b
    JOIN books.account a ON a.tenant_id = $1::int AND a.book_code = b.book_code
    JOIN books.transfer t ON t.tenant_id = $1::int AND t.debit_account_id = a.account_id
    WHERE b.tenant_id = $1::int AND b.numbers_vouchers
),
failing (fact) AS MATERIALIZED (
    SELECT format('%s %s: number %s follows %s', g.book_code, g.period, g.number, g.previous)
    FROM given g
    WHERE g.number <> g.previous + 1
    UNION ALL
    SELECT format('%s %s: the counter says %s, the last number is %s', book_code, period,
        n.last_number, k.last)
    FROM (SELECT x.* FROM books.voucher_counter x WHERE x.tenant_id = $1::int) n
    FULL JOIN counted k USING (book_code, period)
    WHERE n.last_number IS DISTINCT FROM k.last
    UNION ALL
    SELECT format('entry %s has %s in book %s', entry_id,
        CASE WHEN g.number IS NULL THEN 'no number' ELSE 'a number and no line' END, book_code)
    FROM given g
    FULL JOIN wanted w USING (book_code, entry_id)
    WHERE g.number IS NULL OR w.entry_id IS NULL
    UNION ALL
    SELECT format('entry %s booked on %s is numbered in %s', e.entry_id, e.booked_on, g.period)
    FROM given g
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = g.entry_id
    WHERE date_trunc('month', e.booked_on)::date <> g.period
)
SELECT
    (SELECT count(*) FROM given) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
