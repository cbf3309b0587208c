-- purpose: the bank's side of matches: statement lines by their ids
-- parameters: $1 tenant; $2 statement line ids
-- result: a row per line found; amount in fen, in positive
-- locks: none
-- errors: none
SELECT
    l.statement_line_id,
    l.booked_on,
    l.amount_fen,
    l.counterparty_name,
    l.summary,
    l.remark
FROM reconciliation.statement_line AS l
WHERE l.tenant_id = $1::int AND l.statement_line_id = ANY ($2::uuid[])
