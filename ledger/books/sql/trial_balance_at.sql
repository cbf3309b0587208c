-- purpose: trial balance of a book as of an accounting date, the whole day included
-- parameters: tenant, book, accounting date
-- result: as trial_balance
-- locks: none
-- errors: none
-- why: the last closed month's snapshot, plus the entries booked since, by their date's index
WITH closed AS (
    SELECT max(p.month) AS month FROM books.period p
    WHERE p.tenant_id = $1::int AND p.book_code = $2::text AND p.status = 'closed'
        AND p.month + interval '1 month' <= $3::date + 1
),
sides AS (
    SELECT b.account_id, b.debits_posted AS debit, b.credits_posted AS credit
    FROM books.period_balance b JOIN closed c ON c.month = b.month
    WHERE b.tenant_id = $1::int AND b.book_code = $2::text
    UNION ALL
    SELECT s.account_id, s.debit, s.credit
    FROM closed c
    JOIN books.entry e
        ON e.tenant_id = $1::int AND e.booked_on <= $3::date
        AND e.booked_on >= coalesce((c.month + interval '1 month')::date, '-infinity')
    JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = e.entry_id
    CROSS JOIN LATERAL (VALUES
        (t.debit_account_id, t.amount, 0::bigint), (t.credit_account_id, 0, t.amount)
    ) AS s (account_id, debit, credit)
)
SELECT c.account_code, c.name_zh, c.name_en, c.normal_side, c.holder_kind,
    count(DISTINCT a.account_id)::int AS accounts,
    coalesce(sum(s.debit), 0)::bigint AS debits,
    coalesce(sum(s.credit), 0)::bigint AS credits
FROM books.chart_account c
LEFT JOIN books.account a
    ON a.tenant_id = c.tenant_id AND a.book_code = c.book_code
    AND a.account_code = c.account_code
LEFT JOIN sides s ON s.account_id = a.account_id
WHERE c.tenant_id = $1::int AND c.book_code = $2::text
GROUP BY c.account_code, c.name_zh, c.name_en, c.normal_side, c.holder_kind
ORDER BY c.account_code;
