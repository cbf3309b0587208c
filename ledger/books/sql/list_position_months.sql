-- purpose: what the accounts at one position of the chart moved month by month, moves between them
--         left out; a reversal counts below zero on the side of what it reverses
-- parameters: tenant; book; account code
-- result: first day of the month, debits, credits; in order of months, those without lines left out
-- locks: none
-- errors: none
WITH accounts AS (
    SELECT a.account_id
    FROM books.account a
    WHERE a.tenant_id = $1::int AND a.book_code = $2::text AND a.account_code = $3::text
),
lines AS (
    SELECT t.entry_id, t.amount AS debit, 0::bigint AS credit
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.debit_account_id IN (SELECT account_id FROM accounts)
        AND t.credit_account_id NOT IN (SELECT account_id FROM accounts)
    UNION ALL
    SELECT t.entry_id, 0::bigint, t.amount
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.credit_account_id IN (SELECT account_id FROM accounts)
        AND t.debit_account_id NOT IN (SELECT account_id FROM accounts)
)
SELECT date_trunc('month', e.booked_on)::date AS month,
    sum(CASE WHEN e.kind = 1 THEN -l.credit ELSE l.debit END)::bigint AS debits,
    sum(CASE WHEN e.kind = 1 THEN -l.debit ELSE l.credit END)::bigint AS credits
FROM lines l
JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = l.entry_id
GROUP BY 1
ORDER BY 1;
