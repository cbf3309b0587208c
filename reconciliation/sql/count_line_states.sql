-- purpose: what became of an account's statement lines over some days
-- parameters: tenant; bank account; first and last day
-- result: counts of matched lines, of open ones, and of those that are no money: written twice by
--         the export, or of zero
-- locks: none
-- errors: none
SELECT
    count(*) FILTER (WHERE m.match_id IS NOT NULL)::int AS matched,
    count(*) FILTER (WHERE m.match_id IS NULL AND NOT s.is_nothing)::int AS open,
    count(*) FILTER (WHERE m.match_id IS NULL AND s.is_nothing)::int AS not_money
FROM reconciliation.statement_line l
CROSS JOIN LATERAL (SELECT l.repeated OR l.amount_fen = 0 AS is_nothing) AS s
LEFT JOIN reconciliation.match_bank_line m
    ON m.tenant_id = $1::int AND m.statement_line_id = l.statement_line_id AND m.live
WHERE l.tenant_id = $1::int AND l.bank_account_id = $2::uuid
    AND l.booked_on BETWEEN $3::date AND $4::date;
