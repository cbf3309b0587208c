-- purpose: prove that what lies on held accounts is what open holds reserve
-- parameters: tenant
-- result: one row: held accounts checked; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: covers every account of a chart position that any hold uses
WITH position AS (
    SELECT DISTINCT a.book_code, a.account_code
    FROM (
        SELECT DISTINCT h.held_account_id FROM books.hold h WHERE h.tenant_id = $1::int
    ) u
    JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = u.held_account_id
),
held AS (
    SELECT a.account_id, a.public_id, a.book_code, a.account_code,
        (a.debits_posted - a.credits_posted) * a.normal_side AS balance
    FROM books.account a
    JOIN position p ON p.book_code = a.book_code AND p.account_code = a.account_code
    WHERE a.tenant_id = $1::int
),
open AS (
    SELECT h.held_account_id AS account_id, sum(h.amount) AS reserved
    FROM books.hold h
    WHERE h.tenant_id = $1::int AND h.status = 0
    GROUP BY h.held_account_id
),
failing (fact) AS MATERIALIZED (
    SELECT format('account %s (%s-%s): balance %s, open holds %s', h.public_id, h.book_code,
        h.account_code, h.balance, coalesce(o.reserved, 0))
    FROM held h
    LEFT JOIN open o ON o.account_id = h.account_id
    WHERE h.balance <> coalesce(o.reserved, 0)
    ORDER BY h.account_id
)
SELECT
    (SELECT count(*) FROM held) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
