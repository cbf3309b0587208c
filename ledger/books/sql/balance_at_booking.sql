-- purpose: balance as of an accounting date, the whole day included
-- parameters: tenant, account, accounting date
-- result: balance on the account's normal side
-- locks: none
-- errors: none
-- why: the last closed month's snapshot, plus what was booked since, from its first later version
WITH account AS (
    SELECT a.account_id, a.book_code, a.normal_side FROM books.account a
    WHERE a.tenant_id = $1::int AND a.account_id = $2::int
),
closed AS (
    SELECT b.month, b.debits_posted, b.credits_posted, b.later_version
    FROM books.period_balance b
    JOIN account a USING (account_id, book_code)
    JOIN books.period p
        ON p.tenant_id = b.tenant_id AND p.book_code = b.book_code AND p.month = b.month
        AND p.status = 'closed'
    WHERE b.tenant_id = $1::int AND b.month + interval '1 month' <= $3::date + 1
    ORDER BY b.month DESC
    LIMIT 1
),
since AS (
    SELECT coalesce(max(c.later_version), 1) AS version,
        coalesce(max((c.month + interval '1 month')::date), '-infinity') AS day
    FROM closed c
),
later AS (
    SELECT coalesce(sum(x.signed), 0) AS net
    FROM since s
    CROSS JOIN LATERAL (
        SELECT t.entry_id, t.amount AS signed FROM books.transfer t
        WHERE t.tenant_id = $1::int AND t.debit_account_id = $2::int
            AND t.debit_version >= s.version
        UNION ALL
        SELECT t.entry_id, -t.amount FROM books.transfer t
        WHERE t.tenant_id = $1::int AND t.credit_account_id = $2::int
            AND t.credit_version >= s.version
    ) x
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = x.entry_id
    WHERE e.booked_on >= s.day AND e.booked_on <= $3::date
)
SELECT ((coalesce((SELECT c.debits_posted - c.credits_posted FROM closed c), 0) + l.net)
    * a.normal_side)::bigint AS balance
FROM account a CROSS JOIN later l;
