-- purpose: what moved the accounts of a position in one month, as the money in the bank, entry by
--         entry, where the entry touches no accounts but those named; moves between the accounts of
--         the position are left out. A reversal counts below zero on the side of what it reverses:
--         a payment taken back is no income
-- parameters: tenant; book; code of the position; first day of the month; first day after it; codes
--         of the accounts that an entry may touch; accounting date and entry after which the page
--         begins (null: from the start); limit
-- result: entry, accounting date, event, memo, debited and credited (paid in and out; smallest
--         unit), the entry it reverses (null: none); the latest first
-- locks: none
-- errors: none
WITH accounts AS (
    SELECT a.account_id
    FROM books.account a
    WHERE a.tenant_id = $1::int AND a.book_code = $2::text AND a.account_code = $3::text
),
lines AS (
    SELECT e.entry_id, e.booked_on, e.event_code, t.amount,
        t.debit_account_id IN (SELECT account_id FROM accounts) AS is_in,
        t.credit_account_id IN (SELECT account_id FROM accounts) AS is_out,
        d.account_code = ANY ($6::text[]) AND c.account_code = ANY ($6::text[]) AS is_named
    FROM books.entry e
    JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = e.entry_id
    JOIN books.account d ON d.tenant_id = $1::int AND d.account_id = t.debit_account_id
    JOIN books.account c ON c.tenant_id = $1::int AND c.account_id = t.credit_account_id
    WHERE e.tenant_id = $1::int AND e.booked_on >= $4::date AND e.booked_on < $5::date
        AND ($7::date IS NULL OR (e.booked_on, e.entry_id) < ($7::date, $8::uuid))
),
entries AS (
    SELECT l.entry_id, l.booked_on, l.event_code,
        coalesce(sum(l.amount) FILTER (WHERE l.is_in AND NOT l.is_out), 0)::bigint AS paid_in,
        coalesce(sum(l.amount) FILTER (WHERE l.is_out AND NOT l.is_in), 0)::bigint AS paid_out
    FROM lines l
    GROUP BY l.entry_id, l.booked_on, l.event_code
    HAVING bool_and(l.is_named)
)
SELECT n.entry_id, n.booked_on, n.event_code, m.memo,
    CASE WHEN r.entry_id IS NULL THEN n.paid_in ELSE -n.paid_out END AS paid_in,
    CASE WHEN r.entry_id IS NULL THEN n.paid_out ELSE -n.paid_in END AS paid_out,
    r.reversed_entry_id AS reverses
FROM entries n
LEFT JOIN books.reversal r ON r.tenant_id = $1::int AND r.entry_id = n.entry_id
LEFT JOIN books.entry_memo m ON m.tenant_id = $1::int AND m.entry_id = n.entry_id
WHERE n.paid_in > 0 OR n.paid_out > 0
ORDER BY n.booked_on DESC, n.entry_id DESC
LIMIT $9::int;
