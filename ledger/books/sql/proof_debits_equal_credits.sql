-- purpose: prove that in each book all debits equal all credits
-- parameters: tenant
-- result: one row: books checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH failing (fact) AS MATERIALIZED (
    SELECT format('book %s: debits %s, credits %s', a.book_code, sum(a.debits_posted),
        sum(a.credits_posted))
    FROM books.account a
    WHERE a.tenant_id = $1::int
    GROUP BY a.book_code
    HAVING sum(a.debits_posted) <> sum(a.credits_posted)
    ORDER BY a.book_code
)
SELECT
    (SELECT count(*) FROM books.book b WHERE b.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
