-- purpose: what an account moved month by month
-- parameters: tenant; account
-- result: first day of the month, debits, credits; in order of months, those without lines left out
-- locks: none
-- errors: none
WITH lines AS (
    SELECT t.entry_id, t.amount AS debit, 0::bigint AS credit
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.debit_account_id = $2::int
    UNION ALL
    SELECT t.entry_id, 0::bigint, t.amount
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.credit_account_id = $2::int
)
SELECT date_trunc('month', e.booked_on)::date AS month, sum(l.debit)::bigint AS debits,
    sum(l.credit)::bigint AS credits
FROM lines l
JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = l.entry_id
GROUP BY 1
ORDER BY 1;
