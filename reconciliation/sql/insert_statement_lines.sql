-- purpose: store new statement lines, many at once
-- parameters: tenant; bank account; statement; per line: id, record, physical line, chronological
--         place, day, time, value day, signed fen, balance after in fen, counterparty, end and
--         blind index of its account number, summary, remark, bank reference, masked record, key,
--         ordinal, whether the export wrote it twice
-- result: none
-- locks: none beyond the rows
-- errors: 23505 statement_line_is_stored_once
-- why: one statement with arrays is five times a prepared row-by-row insert
INSERT INTO reconciliation.statement_line (
    tenant_id, bank_account_id, statement_id, statement_line_id, position, file_line, sequence,
    booked_on, booked_time, value_on, amount_fen, balance_after_fen, counterparty_name,
    counterparty_account_last4, counterparty_account_digest, summary, remark, bank_reference,
    raw_text, line_key, ordinal, repeated
)
SELECT $1::int, $2::uuid, $3::uuid, l.*
FROM unnest(
    $4::uuid[], $5::int[], $6::int[], $7::int[], $8::date[], $9::time[], $10::date[],
    $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::bytea[], $16::text[],
    $17::text[], $18::text[], $19::text[], $20::bytea[], $21::int[], $22::bool[]
) AS l;
