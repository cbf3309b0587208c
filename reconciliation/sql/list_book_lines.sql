-- purpose: entries that move a bank account's ledger account and are open: for matching, or reports
-- parameters: tenant; ledger account; bank account; first and last accounting date; whether a match
--         that also holds a line after the last date leaves its lines open (reports), or not
-- result: a row per open entry by accounting date: what it moves in fen (debit: money in), event,
--         memo, voucher number, the entry it reverses, code of an account on the other side, and
--         what a bank may say about it: counterparty, room, channel, order number (null: unknown);
--         crowded: another entry moves the same amount within 31 days; matched_later: with
--         something dated after the last date
-- locks: none
-- errors: none
-- why: one payment is one entry, though it may be split over several accounts
WITH late AS (
    SELECT b.match_id
    FROM reconciliation.match_bank_line b
    JOIN reconciliation.statement_line l
        ON l.tenant_id = $1::int AND l.statement_line_id = b.statement_line_id
    WHERE b.tenant_id = $1::int AND b.live AND l.bank_account_id = $3::uuid
        AND l.booked_on > $5::date
    UNION ALL
    SELECT p.match_id
    FROM reconciliation.match_ledger_line p
    JOIN reconciliation.match m ON m.tenant_id = $1::int AND m.match_id = p.match_id
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = p.entry_id
    WHERE p.tenant_id = $1::int AND p.live AND m.bank_account_id = $3::uuid
        AND e.booked_on > $5::date
),

sides AS (
    SELECT t.entry_id, t.amount AS amount_fen, t.credit_account_id AS other_id
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.debit_account_id = $2::int
    UNION ALL
    SELECT t.entry_id, -t.amount, t.debit_account_id
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.credit_account_id = $2::int
),

moved AS (
    SELECT s.entry_id, sum(s.amount_fen)::bigint AS amount_fen, min(s.other_id) AS other_id
    FROM sides s
    GROUP BY s.entry_id
    HAVING sum(s.amount_fen) <> 0
),

entries AS (
    SELECT m.entry_id, m.amount_fen, m.other_id, e.booked_on, e.event_code,
        count(*) OVER (
            PARTITION BY m.amount_fen ORDER BY e.booked_on
            RANGE BETWEEN INTERVAL '31 days' PRECEDING AND INTERVAL '31 days' FOLLOWING
        ) > 1 AS crowded
    FROM moved m
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = m.entry_id
    WHERE e.booked_on BETWEEN $4::date - 31 AND $5::date
)

SELECT p.entry_id, p.amount_fen, p.booked_on, p.event_code, o.account_code AS other_account_code,
    m.memo, v.number AS voucher_no, r.reversed_entry_id, d.counterparty, d.room, d.channel,
    d.order_no, p.crowded, b.match_id IS NOT NULL AS matched_later
FROM entries p
JOIN books.account o ON o.tenant_id = $1::int AND o.account_id = p.other_id
LEFT JOIN books.entry_memo m ON m.tenant_id = $1::int AND m.entry_id = p.entry_id
LEFT JOIN programmes.trust_cash_detail d
    ON d.tenant_id = $1::int AND d.entry_id = p.entry_id
LEFT JOIN books.voucher v
    ON v.tenant_id = $1::int AND v.entry_id = p.entry_id AND v.book_code = 'TR'
LEFT JOIN books.reversal r ON r.tenant_id = $1::int AND r.entry_id = p.entry_id
LEFT JOIN reconciliation.match_ledger_line b
    ON b.tenant_id = $1::int AND b.entry_id = p.entry_id AND b.account_id = $2::int AND b.live
WHERE p.booked_on >= $4::date
    AND (b.match_id IS NULL
        OR ($6::bool AND b.match_id IN (SELECT late.match_id FROM late)))
ORDER BY p.booked_on, p.entry_id;
