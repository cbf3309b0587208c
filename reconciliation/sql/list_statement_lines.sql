-- purpose: statement lines of an account, oldest first, a page at a time
-- parameters: tenant; bank account; first and last day (null: unbounded); the day, statement and
--         place of the last line of the page before (null: from the beginning); most rows
-- result: a row per line, with its live match when it has one
-- locks: none
-- errors: none
SELECT l.statement_line_id, l.statement_id, l.sequence, l.file_line, l.booked_on, l.booked_time,
    l.value_on, l.amount_fen, l.balance_after_fen, l.counterparty_name,
    l.counterparty_account_last4, l.summary, l.remark, l.bank_reference, l.repeated, m.match_id
FROM reconciliation.statement_line l
LEFT JOIN reconciliation.match_bank_line m
    ON m.tenant_id = $1::int AND m.statement_line_id = l.statement_line_id AND m.live
WHERE l.tenant_id = $1::int AND l.bank_account_id = $2::uuid
    AND l.booked_on BETWEEN coalesce($3::date, '-infinity') AND coalesce($4::date, 'infinity')
    AND ($5::date IS NULL OR (l.booked_on, l.statement_id, l.sequence)
        > ($5::date, $6::uuid, $7::int))
ORDER BY l.booked_on, l.statement_id, l.sequence
LIMIT $8::int;
