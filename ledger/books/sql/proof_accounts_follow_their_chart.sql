-- purpose: prove that accounts have the side, the floor and the expiry rule of their position
-- parameters: tenant
-- result: one row: accounts checked; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: an account whose floor was taken away would pass every proof of floors
WITH failing (fact) AS MATERIALIZED (
    SELECT format('account %s: side %s, floor %s, tracks expiry %s; %s-%s has %s, %s, %s',
        a.public_id, a.normal_side, coalesce(a.floor::text, 'none'), a.tracks_expiry,
        a.book_code, a.account_code, c.normal_side, coalesce(c.floor::text, 'none'),
        c.tracks_expiry)
    FROM books.account a
    LEFT JOIN books.chart_account c
        ON c.tenant_id = $1::int AND c.book_code = a.book_code
        AND c.account_code = a.account_code
    WHERE a.tenant_id = $1::int
        AND (a.normal_side, a.floor, a.tracks_expiry) IS DISTINCT FROM
            (c.normal_side, c.floor, c.tracks_expiry)
    ORDER BY a.account_id
)
SELECT
    (SELECT count(*) FROM books.account a WHERE a.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
