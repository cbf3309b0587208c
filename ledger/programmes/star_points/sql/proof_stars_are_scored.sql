-- purpose: prove that star points were issued as the scored lists say, and not otherwise
-- parameters: tenant
-- result: one row: results and entries compared; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: ST-5101 and ST-5102 of a scoring entry are the basic and reward points of its result
WITH posted AS (
    SELECT
        e.entry_id,
        c.holder_id AS member_id,
        sum(t.amount) FILTER (WHERE d.account_code = '5101') AS basic,
        sum(t.amount) FILTER (WHERE d.account_code = '5102') AS reward
    FROM books.entry AS e
    INNER JOIN books.transfer AS t ON t.tenant_id = $1::int AND e.entry_id = t.entry_id
    INNER JOIN books.account AS d ON d.tenant_id = $1::int AND t.debit_account_id = d.account_id
    INNER JOIN books.account AS c ON c.tenant_id = $1::int AND t.credit_account_id = c.account_id
    WHERE e.tenant_id = $1::int AND e.event_code = 'ST01' AND e.kind = 0
    GROUP BY e.entry_id, c.holder_id
),

compared AS (
    SELECT
        coalesce(p.entry_id, r.entry_id) AS entry_id,
        r.result_id,
        r.result_id IS NOT NULL
        AND (r.member_id, r.basic, r.reward) IS NOT DISTINCT FROM (
            coalesce(p.member_id, r.member_id), coalesce(p.basic, 0), coalesce(p.reward, 0)
        ) AS agrees
    FROM posted AS p
    FULL JOIN (
        SELECT result_id, entry_id, member_id, basic, reward
        FROM programmes.star_result
        WHERE tenant_id = $1::int
    ) AS r ON p.entry_id = r.entry_id
)

SELECT
    (SELECT count(*) FROM compared) AS checked,
    ARRAY(
        SELECT format('result %s, entry %s: the list and the books differ', result_id, entry_id)
        FROM compared
        WHERE NOT agrees
        ORDER BY entry_id
        LIMIT 20
    ) AS failures
