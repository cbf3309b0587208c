-- purpose: record one statement of a file
-- parameters: tenant; statement; file; bank account; place in the file; first, last and last
--         finished day; opening and closing in fen; counts of records, new, known and rejected
-- result: none
-- locks: none beyond the row
-- errors: 23514 no_record_is_lost (a bug)
INSERT INTO reconciliation.statement (
    tenant_id, statement_id, statement_file_id, bank_account_id, position, period_from, period_to,
    complete_to, opening_fen, closing_fen, record_count, new_count, known_count, rejected_count
)
VALUES (
    $1::int, $2::uuid, $3::uuid, $4::uuid, $5::int, $6::date, $7::date, $8::date, $9::bigint,
    $10::bigint, $11::int, $12::int, $13::int, $14::int
);
