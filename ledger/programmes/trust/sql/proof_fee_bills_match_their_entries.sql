-- purpose: prove that what was billed to units is what the books moved, and that of the bills of a
--         unit and month one at most stands: the others are reversed
-- parameters: tenant
-- result: one row: bills checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH part AS (
    SELECT b.unit_id, b.month, b.bill_no, b.billed_entry_id AS entry_id, 'TR01' AS event_code,
        '1122' AS account_code, b.amount_fen - b.from_prepaid_fen AS fen
    FROM programmes.trust_fee_bill b
    WHERE b.tenant_id = $1::int AND b.billed_entry_id IS NOT NULL
    UNION ALL
    SELECT b.unit_id, b.month, b.bill_no, b.recognised_entry_id, 'TR04', '2203', b.from_prepaid_fen
    FROM programmes.trust_fee_bill b
    WHERE b.tenant_id = $1::int AND b.recognised_entry_id IS NOT NULL
),
failing (fact) AS MATERIALIZED (
    SELECT format('unit %s, %s: billed %s by entry %s; the books moved %s', p.unit_id, p.month,
        p.fen, p.entry_id, sum(t.amount))
    FROM part p
    LEFT JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = p.entry_id
        AND e.event_code = p.event_code
    LEFT JOIN books.account a ON a.tenant_id = $1::int AND a.book_code = 'TR'
        AND a.account_code = p.account_code AND a.holder_id = p.unit_id
    LEFT JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = e.entry_id
        AND t.debit_account_id = a.account_id
    GROUP BY p.unit_id, p.month, p.fen, p.entry_id
    HAVING sum(t.amount) IS DISTINCT FROM p.fen
    UNION ALL
    SELECT format('unit %s, %s: %s bills stand at once', p.unit_id, p.month,
        count(DISTINCT p.bill_no))
    FROM part p
    LEFT JOIN books.reversal r ON r.tenant_id = $1::int AND r.reversed_entry_id = p.entry_id
    WHERE r.entry_id IS NULL
    GROUP BY p.unit_id, p.month
    HAVING count(DISTINCT p.bill_no) > 1
)
SELECT
    (SELECT count(*) FROM programmes.trust_fee_bill b WHERE b.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
