-- purpose: statement lines of an account that are open: for matching, or as of a day for reports
-- parameters: tenant; bank account; first and last day; whether a match that also holds a line
--         after the last day leaves its lines open (reports), or not (matching)
-- result: a row per open line, oldest first; crowded: another line has its amount within 31 days;
--         matched_later: with something dated after the last day
-- locks: none
-- errors: none
-- why: a common fee stays common when most of it is matched, so all lines are counted
WITH late AS (
    SELECT b.match_id
    FROM reconciliation.match_bank_line b
    JOIN reconciliation.statement_line l
        ON l.tenant_id = $1::int AND l.statement_line_id = b.statement_line_id
    WHERE b.tenant_id = $1::int AND b.live AND l.bank_account_id = $2::uuid
        AND l.booked_on > $4::date
    UNION ALL
    SELECT p.match_id
    FROM reconciliation.match_ledger_line p
    JOIN reconciliation.match m ON m.tenant_id = $1::int AND m.match_id = p.match_id
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = p.entry_id
    WHERE p.tenant_id = $1::int AND p.live AND m.bank_account_id = $2::uuid
        AND e.booked_on > $4::date
),

lines AS (
    SELECT l.statement_line_id, l.statement_id, l.sequence, l.booked_on, l.booked_time,
        l.amount_fen, l.counterparty_name, l.summary, l.remark, l.bank_reference, l.file_line,
        count(*) OVER (
            PARTITION BY l.amount_fen ORDER BY l.booked_on
            RANGE BETWEEN INTERVAL '31 days' PRECEDING AND INTERVAL '31 days' FOLLOWING
        ) > 1 AS crowded
    FROM reconciliation.statement_line l
    WHERE l.tenant_id = $1::int AND l.bank_account_id = $2::uuid AND NOT l.repeated
        AND l.booked_on BETWEEN $3::date - 31 AND $4::date
)

SELECT l.statement_line_id, l.statement_id, l.sequence, l.booked_on, l.booked_time, l.amount_fen,
    l.counterparty_name, l.summary, l.remark, l.bank_reference, l.file_line, l.crowded,
    b.match_id IS NOT NULL AS matched_later
FROM lines l
LEFT JOIN reconciliation.match_bank_line b
    ON b.tenant_id = $1::int AND b.statement_line_id = l.statement_line_id AND b.live
WHERE l.booked_on >= $3::date AND l.amount_fen <> 0
    AND (b.match_id IS NULL
        OR ($5::bool AND b.match_id IN (SELECT late.match_id FROM late)))
ORDER BY l.booked_on, l.statement_id, l.sequence;
