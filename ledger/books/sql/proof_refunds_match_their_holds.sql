-- purpose: prove that what a hold says was refunded is what its refunds moved
-- parameters: tenant
-- result: one row: refunds checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH refund AS (
    SELECT r.entry_id, r.hold_id, r.amount, e.kind,
        sum(t.amount) FILTER (WHERE t.debit_account_id = h.capture_account_id
            AND t.credit_account_id = h.account_id) AS moved
    FROM books.hold_refund r
    LEFT JOIN books.hold h ON h.tenant_id = $1::int AND h.hold_id = r.hold_id
    LEFT JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = r.entry_id
    LEFT JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = r.entry_id
    WHERE r.tenant_id = $1::int
    GROUP BY r.entry_id, r.hold_id, r.amount, e.kind
),
given AS (
    SELECT r.hold_id, sum(r.amount) AS total FROM refund r GROUP BY r.hold_id
),
failing (fact) AS MATERIALIZED (
    SELECT format('refund %s of hold %s: %s; its entry moved %s', r.entry_id, r.hold_id,
        r.amount, r.moved)
    FROM refund r
    WHERE r.kind IS DISTINCT FROM 6 OR r.moved IS DISTINCT FROM r.amount
    UNION ALL
    SELECT format('hold %s: refunded %s; its refunds gave %s', h.hold_id, h.refunded,
        coalesce(g.total, 0))
    FROM books.hold h
    LEFT JOIN given g ON g.hold_id = h.hold_id
    WHERE h.tenant_id = $1::int AND h.refunded <> coalesce(g.total, 0)
    UNION ALL
    SELECT format('entry %s is a refund that no hold knows', e.entry_id)
    FROM books.entry e
    LEFT JOIN refund r ON r.entry_id = e.entry_id
    WHERE e.tenant_id = $1::int AND e.kind = 6 AND r.entry_id IS NULL
)
SELECT
    (SELECT count(*) FROM refund) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
