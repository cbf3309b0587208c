-- purpose: record a run of the rules, whatever it found
-- parameters: tenant; run; bank account; last day considered; rules version; open bank lines and
--         entries seen; matches made; sha256 of what it saw; caller; moment
-- result: none
-- locks: none beyond the row
-- errors: none
INSERT INTO reconciliation.run (
    tenant_id, run_id, bank_account_id, as_of, rules_version, bank_line_count, book_line_count,
    match_count, evidence_sha256, caller_id, started_at
)
VALUES (
    $1::int, $2::uuid, $3::uuid, $4::date, $5::int, $6::int, $7::int, $8::int, $9::bytea,
    $10::int, $11::timestamptz
);
