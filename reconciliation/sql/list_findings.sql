-- purpose: findings of statements
-- parameters: tenant; statement ids
-- result: a row per finding, in the order in which they were found
-- locks: none
-- errors: none
SELECT statement_id, code, line, other_line, expected_fen, found_fen, expected_count, found_count
FROM reconciliation.statement_finding
WHERE tenant_id = $1::int AND statement_id = ANY ($2::uuid[])
ORDER BY statement_id, position;
