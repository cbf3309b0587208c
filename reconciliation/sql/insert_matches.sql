-- purpose: record the matches of a run
-- parameters: tenant; run; bank account; moment; per match: id, rule, its version, score, rivals,
--         residual in fen, evidence as words joined by blanks; status of all: auto or confirmed
-- result: none
-- locks: none beyond the rows
-- errors: none
INSERT INTO reconciliation.match (
    tenant_id, match_id, run_id, bank_account_id, status, rule, rule_version, score, rivals,
    residual_fen, evidence, matched_at
)
SELECT $1::int, n.match_id, $2::uuid, $3::uuid, $12::text, n.rule, n.rule_version, n.score,
    n.rivals, n.residual_fen, string_to_array(n.evidence, ' '), $4::timestamptz
FROM unnest(
    $5::uuid[], $6::text[], $7::int[], $8::smallint[], $9::int[], $10::bigint[], $11::text[]
) AS n (match_id, rule, rule_version, score, rivals, residual_fen, evidence);
