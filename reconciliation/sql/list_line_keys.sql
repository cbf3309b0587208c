-- purpose: what is stored of an account over some days, for comparing an overlapping file with it
-- parameters: tenant; bank account; first and last day
-- result: key, ordinal, day, time, fen, physical line and file of each line that is money
-- locks: none (the caller holds the account row)
-- errors: none
SELECT l.line_key, l.ordinal, l.repeated, l.booked_on, l.booked_time, l.amount_fen, l.file_line,
    f.name AS file_name
FROM reconciliation.statement_line l
JOIN reconciliation.statement s
    ON s.tenant_id = $1::int AND s.statement_id = l.statement_id
JOIN reconciliation.statement_file f
    ON f.tenant_id = $1::int AND f.statement_file_id = s.statement_file_id
WHERE l.tenant_id = $1::int AND l.bank_account_id = $2::uuid
    AND l.booked_on BETWEEN $3::date AND $4::date
ORDER BY l.booked_on, l.statement_id, l.sequence;
