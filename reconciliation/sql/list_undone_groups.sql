-- purpose: groups of lines that a person took apart, so that no run puts them together again
-- parameters: tenant; bank account
-- result: per undone match its statement lines and its entries, each as an array, perhaps null
-- locks: none
-- errors: none
SELECT
    (
        SELECT array_agg(b.statement_line_id)
        FROM reconciliation.match_bank_line b
        WHERE b.tenant_id = $1::int AND b.match_id = m.match_id
    ) AS statement_line_ids,
    (
        SELECT array_agg(p.entry_id)
        FROM reconciliation.match_ledger_line p
        WHERE p.tenant_id = $1::int AND p.match_id = m.match_id
    ) AS entry_ids
FROM reconciliation.match m
JOIN reconciliation.match_release r
    ON r.tenant_id = $1::int AND r.match_id = m.match_id
WHERE m.tenant_id = $1::int AND m.bank_account_id = $2::uuid;
