-- purpose: which days of an account earlier statements cover
-- parameters: tenant; bank account
-- result: first, last and last finished day, closing in fen, per statement with a period
-- locks: none (the caller holds the account row)
-- errors: none
SELECT period_from, period_to, complete_to, closing_fen
FROM reconciliation.statement
WHERE tenant_id = $1::int AND bank_account_id = $2::uuid AND period_from IS NOT NULL
ORDER BY period_from, period_to, statement_id;
