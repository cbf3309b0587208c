-- purpose: the bank's balance of an account at the end of a day, as its statements tell it
-- parameters: tenant; bank account; first day compared with the books; day
-- result: balance printed beside the last line that has one and the sum of the lines after it; else
--         opening of the latest statement that states one and the sum of the lines from its first
--         day on; sum of the lines from the first day compared on; all in fen, null: not known
-- locks: none
-- errors: none
WITH lines AS (
    SELECT l.amount_fen, l.balance_after_fen, l.booked_on,
        row_number() OVER (ORDER BY l.booked_on, l.statement_id, l.sequence) AS place
    FROM reconciliation.statement_line l
    WHERE l.tenant_id = $1::int AND l.bank_account_id = $2::uuid AND NOT l.repeated
        AND l.booked_on <= $4::date
),

printed AS (
    SELECT place, balance_after_fen
    FROM lines
    WHERE balance_after_fen IS NOT NULL
    ORDER BY place DESC
    LIMIT 1
),

stated AS (
    SELECT opening_fen, period_from
    FROM reconciliation.statement
    WHERE tenant_id = $1::int AND bank_account_id = $2::uuid AND period_from <= $4::date
        AND opening_fen IS NOT NULL
    ORDER BY period_from DESC, statement_id
    LIMIT 1
)

SELECT
    (SELECT printed.balance_after_fen FROM printed) AS printed_fen,
    (
        SELECT coalesce(sum(lines.amount_fen), 0)::bigint
        FROM lines
        WHERE lines.place > (SELECT printed.place FROM printed)
    ) AS since_printed_fen,
    (SELECT stated.opening_fen FROM stated) AS opening_fen,
    (
        SELECT coalesce(sum(lines.amount_fen), 0)::bigint
        FROM lines
        WHERE lines.booked_on >= (SELECT stated.period_from FROM stated)
    ) AS since_opening_fen,
    (
        SELECT coalesce(sum(lines.amount_fen), 0)::bigint
        FROM lines
        WHERE lines.booked_on >= $3::date
    ) AS compared_fen;
