-- purpose: the same movements of a month in sums: those of entries that touch no accounts but those
--         named, and those of the others, one event together, its reversals apart
-- parameters: as the first six of list_month_lines
-- result: whether they touch no others, event, whether they are reversals, how many entries,
--         debited and credited (smallest unit), of reversals below zero
-- locks: none
-- errors: none
WITH accounts AS (
    SELECT a.account_id
    FROM books.account a
    WHERE a.tenant_id = $1::int AND a.book_code = $2::text AND a.account_code = $3::text
),
lines AS (
    SELECT e.entry_id, e.event_code, t.amount,
        t.debit_account_id IN (SELECT account_id FROM accounts) AS is_in,
        t.credit_account_id IN (SELECT account_id FROM accounts) AS is_out,
        d.account_code = ANY ($6::text[]) AND c.account_code = ANY ($6::text[]) AS is_named
    FROM books.entry e
    JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = e.entry_id
    JOIN books.account d ON d.tenant_id = $1::int AND d.account_id = t.debit_account_id
    JOIN books.account c ON c.tenant_id = $1::int AND c.account_id = t.credit_account_id
    WHERE e.tenant_id = $1::int AND e.booked_on >= $4::date AND e.booked_on < $5::date
),
entries AS (
    SELECT l.entry_id, l.event_code, bool_and(l.is_named) AS is_named,
        coalesce(sum(l.amount) FILTER (WHERE l.is_in AND NOT l.is_out), 0)::bigint AS paid_in,
        coalesce(sum(l.amount) FILTER (WHERE l.is_out AND NOT l.is_in), 0)::bigint AS paid_out
    FROM lines l
    GROUP BY l.entry_id, l.event_code
)
SELECT n.is_named, n.event_code, r.entry_id IS NOT NULL AS is_reversal, count(*)::int AS count,
    sum(CASE WHEN r.entry_id IS NULL THEN n.paid_in ELSE -n.paid_out END)::bigint AS paid_in,
    sum(CASE WHEN r.entry_id IS NULL THEN n.paid_out ELSE -n.paid_in END)::bigint AS paid_out
FROM entries n
LEFT JOIN books.reversal r ON r.tenant_id = $1::int AND r.entry_id = n.entry_id
WHERE n.paid_in > 0 OR n.paid_out > 0
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;
