-- purpose: which days of an account earlier statements cover
-- parameters: tenant; bank account
-- result: first, last and last finished day, closing in fen, file, per statement with a period
-- locks: none (the caller holds the account row)
-- errors: none
SELECT s.period_from, s.period_to, s.complete_to, s.closing_fen, f.name AS file_name
FROM reconciliation.statement s
JOIN reconciliation.statement_file f
    ON f.tenant_id = $1::int AND f.statement_file_id = s.statement_file_id
WHERE s.tenant_id = $1::int AND s.bank_account_id = $2::uuid AND s.period_from IS NOT NULL
ORDER BY s.period_from, s.period_to, s.statement_id;
