-- purpose: bind entries to matches
-- parameters: tenant; ledger account; per entry: match, entry
-- result: none
-- locks: the unique index entries of the entries
-- errors: 23505 entry_is_matched_once
INSERT INTO reconciliation.match_ledger_line (
    tenant_id, match_id, entry_id, account_id, live
)
SELECT $1::int, n.match_id, n.entry_id, $2::int, true
FROM unnest($3::uuid[], $4::uuid[]) AS n (match_id, entry_id);
