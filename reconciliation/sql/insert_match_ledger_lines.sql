-- purpose: bind postings to matches
-- parameters: tenant; ledger account; per posting: match, entry, transfer within the entry
-- result: none
-- locks: the unique index entries of the postings
-- errors: 23505 posting_is_matched_once
INSERT INTO reconciliation.match_ledger_line (
    tenant_id, match_id, entry_id, line_no, account_id, live
)
SELECT $1::int, n.match_id, n.entry_id, n.line_no, $2::int, true
FROM unnest($3::uuid[], $4::uuid[], $5::smallint[]) AS n (match_id, entry_id, line_no);
