-- purpose: matches of an account, newest first, a page at a time, with both sides
-- parameters: tenant; bank account; match ids or null; last match of the page before or null;
--         whether released ones are wanted too; most rows
-- result: a row per match; its lines as arrays in order of day; who ran it; the release when
--         there is one
-- locks: none
-- errors: none
SELECT m.match_id, m.run_id, m.status, m.rule, m.rule_version, m.score, m.rivals, m.residual_fen,
    m.evidence, m.matched_at, u.caller_id AS matched_by, r.reason AS release_reason,
    r.caller_id AS released_by, r.released_at,
    (
        SELECT array_agg(b.statement_line_id ORDER BY b.statement_line_id)
        FROM reconciliation.match_bank_line b
        WHERE b.tenant_id = $1::int AND b.match_id = m.match_id
    ) AS statement_line_ids,
    (
        SELECT array_agg(p.entry_id ORDER BY p.entry_id)
        FROM reconciliation.match_ledger_line p
        WHERE p.tenant_id = $1::int AND p.match_id = m.match_id
    ) AS entry_ids
FROM reconciliation.match m
JOIN reconciliation.run u
    ON u.tenant_id = $1::int AND u.run_id = m.run_id
LEFT JOIN reconciliation.match_release r
    ON r.tenant_id = $1::int AND r.match_id = m.match_id
WHERE m.tenant_id = $1::int AND m.bank_account_id = $2::uuid
    AND ($3::uuid[] IS NULL OR m.match_id = ANY ($3::uuid[]))
    AND ($4::uuid IS NULL OR m.match_id < $4::uuid)
    AND ($5::bool OR r.match_id IS NULL)
ORDER BY m.match_id DESC
LIMIT $6::int;
