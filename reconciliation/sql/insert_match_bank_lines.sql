-- purpose: bind statement lines to matches
-- parameters: tenant; per line: match, statement line
-- result: none
-- locks: the unique index entries of the lines
-- errors: 23505 bank_line_is_matched_once
INSERT INTO reconciliation.match_bank_line (tenant_id, match_id, statement_line_id, live)
SELECT $1::int, n.match_id, n.statement_line_id, true
FROM unnest($2::uuid[], $3::uuid[]) AS n (match_id, statement_line_id);
