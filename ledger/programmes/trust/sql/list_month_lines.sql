-- purpose: what moved the accounts of a position in one month, as the money in the bank, entry by
--         entry, with the accounts that each touched; moves between them are left out. A reversal
--         counts below zero on the side of what it reverses: a payment taken back is no income
-- parameters: tenant; book; code of the position; first day of the month; first day after it
-- result: entry, accounting date, event, memo, debited and credited (paid in and out; smallest
--         unit), the entry it reverses (null: none), codes of all accounts of the entry; the latest
--         first
-- locks: none
-- errors: none
WITH accounts AS (
    SELECT a.account_id
    FROM books.account a
    WHERE a.tenant_id = $1::int AND a.book_code = $2::text AND a.account_code = $3::text
),
lines AS (
    SELECT e.entry_id, e.booked_on, e.event_code,
        t.debit_account_id IN (SELECT account_id FROM accounts) AS is_in,
        t.credit_account_id IN (SELECT account_id FROM accounts) AS is_out,
        t.amount, d.account_code AS debit_code, c.account_code AS credit_code
    FROM books.entry e
    JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = e.entry_id
    JOIN books.account d ON d.tenant_id = $1::int AND d.account_id = t.debit_account_id
    JOIN books.account c ON c.tenant_id = $1::int AND c.account_id = t.credit_account_id
    WHERE e.tenant_id = $1::int AND e.booked_on >= $4::date AND e.booked_on < $5::date
),
entries AS (
    SELECT l.entry_id, l.booked_on, l.event_code,
        coalesce(sum(l.amount) FILTER (WHERE l.is_in AND NOT l.is_out), 0)::bigint AS paid_in,
        coalesce(sum(l.amount) FILTER (WHERE l.is_out AND NOT l.is_in), 0)::bigint AS paid_out,
        array_agg(l.debit_code) || array_agg(l.credit_code) AS codes
    FROM lines l
    GROUP BY l.entry_id, l.booked_on, l.event_code
)
SELECT n.entry_id, n.booked_on, n.event_code, m.memo,
    CASE WHEN r.entry_id IS NULL THEN n.paid_in ELSE -n.paid_out END AS paid_in,
    CASE WHEN r.entry_id IS NULL THEN n.paid_out ELSE -n.paid_in END AS paid_out,
    r.reversed_entry_id AS reverses, n.codes
FROM entries n
LEFT JOIN books.reversal r ON r.tenant_id = $1::int AND r.entry_id = n.entry_id
LEFT JOIN books.entry_memo m ON m.tenant_id = $1::int AND m.entry_id = n.entry_id
WHERE n.paid_in > 0 OR n.paid_out > 0
ORDER BY n.booked_on DESC, n.entry_id DESC;
