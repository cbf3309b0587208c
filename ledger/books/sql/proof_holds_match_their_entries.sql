-- purpose: prove that each hold says what the entries that placed and resolved it did
-- parameters: tenant
-- result: one row: holds checked; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: a hold's row changes once; the entries never do
WITH flow AS MATERIALIZED (
    SELECT e.entry_id, e.kind, t.debit_account_id, t.credit_account_id, sum(t.amount) AS amount
    FROM books.entry e
    JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = e.entry_id
    WHERE e.tenant_id = $1::int AND e.kind IN (2, 3, 4, 5)
    GROUP BY e.entry_id, e.kind, t.debit_account_id, t.credit_account_id
),
moved AS (
    SELECT h.hold_id, f.kind, sum(f.amount) AS total,
        sum(f.amount) FILTER (WHERE f.debit_account_id = h.held_account_id
            AND f.credit_account_id = h.capture_account_id) AS captured,
        sum(f.amount) FILTER (WHERE f.debit_account_id = h.held_account_id
            AND f.credit_account_id = h.account_id) AS released
    FROM books.hold h
    JOIN flow f ON f.entry_id = h.resolving_entry_id
    WHERE h.tenant_id = $1::int AND h.status <> 0
    GROUP BY h.hold_id, f.kind
),
placed AS (
    SELECT h.hold_id, f.kind, f.amount AS reserved
    FROM books.hold h
    JOIN flow f ON f.entry_id = h.hold_id
        AND f.debit_account_id = h.account_id AND f.credit_account_id = h.held_account_id
    WHERE h.tenant_id = $1::int
),
unknown AS (
    SELECT e.entry_id
    FROM books.entry e
    LEFT JOIN books.hold p ON p.tenant_id = $1::int AND p.hold_id = e.entry_id
    LEFT JOIN books.hold r ON r.tenant_id = $1::int AND r.resolving_entry_id = e.entry_id
    WHERE e.tenant_id = $1::int
        AND (e.kind = 2 AND p.hold_id IS NULL OR e.kind IN (3, 4, 5) AND r.hold_id IS NULL)
),
failing (fact) AS MATERIALIZED (
    SELECT format(
        'hold %s: status %s, amount %s, captured %s; its entries reserved %s, captured %s, '
        'released %s',
        h.hold_id, h.status, h.amount, h.captured, p.reserved, m.captured, m.released)
    FROM books.hold h
    LEFT JOIN placed p ON p.hold_id = h.hold_id
    LEFT JOIN moved m ON m.hold_id = h.hold_id
    WHERE h.tenant_id = $1::int
        AND (p.kind IS DISTINCT FROM 2
            OR p.reserved IS DISTINCT FROM h.amount
            OR m.kind IS DISTINCT FROM CASE WHEN h.status <> 0 THEN h.status + 2 END
            OR m.total IS DISTINCT FROM CASE WHEN h.status <> 0 THEN h.amount END
            OR coalesce(m.captured, 0) <> h.captured
            OR coalesce(m.released, 0) <> CASE WHEN h.status = 0 THEN 0
                ELSE h.amount - h.captured END
            OR (h.status = 0) <> (h.resolving_entry_id IS NULL)
            OR (h.status = 1) <> (h.capture_account_id IS NOT NULL))
    UNION ALL
    SELECT format('entry %s places or resolves a hold that does not know it', u.entry_id)
    FROM unknown u
)
SELECT
    (SELECT count(*) FROM books.hold h WHERE h.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
