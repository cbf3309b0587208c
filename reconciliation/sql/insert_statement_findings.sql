-- purpose: record what a statement says that does not add up
-- parameters: tenant; statement; per finding: code, line, other line, expected and found fen,
--         expected and found count
-- result: none
-- locks: none beyond the rows
-- errors: none
INSERT INTO reconciliation.statement_finding (
    tenant_id, statement_id, position, code, line, other_line, expected_fen, found_fen,
    expected_count, found_count
)
SELECT $1::int, $2::uuid, f.item - 1, f.code, f.line, f.other_line, f.expected_fen, f.found_fen,
    f.expected_count, f.found_count
FROM unnest(
    $3::text[], $4::int[], $5::int[], $6::bigint[], $7::bigint[], $8::int[], $9::int[]
) WITH ORDINALITY AS f (
    code, line, other_line, expected_fen, found_fen, expected_count, found_count, item
);
