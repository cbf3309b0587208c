-- purpose: balance as of a business date, the whole day included
-- parameters: tenant, account, first moment after that day, the clock tolerance of occurred_at
-- result: balance on the account's normal side
-- locks: none
-- errors: none
-- why: whatever was posted before that moment had happened by then; only what was posted later but
--      happened earlier remains to be added
WITH known AS (
    SELECT books.version_at($1::int, $2::int, $3::timestamptz - $4::interval) AS version
),
net AS (
    SELECT coalesce(sum(x.signed) FILTER (
        WHERE x.version <= k.version OR e.occurred_at < $3::timestamptz), 0) AS late
    FROM known k
    CROSS JOIN LATERAL (
        SELECT t.entry_id, t.debit_version AS version, t.amount AS signed FROM books.transfer t
        WHERE t.tenant_id = $1::int AND t.debit_account_id = $2::int
            AND t.debit_version > k.version
        UNION ALL
        SELECT t.entry_id, t.credit_version, -t.amount FROM books.transfer t
        WHERE t.tenant_id = $1::int AND t.credit_account_id = $2::int
            AND t.credit_version > k.version
    ) x
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = x.entry_id
)
SELECT (coalesce((
    SELECT t.debit_balance FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.debit_account_id = $2::int AND t.debit_version = k.version
), (
    SELECT t.credit_balance FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.credit_account_id = $2::int AND t.credit_version = k.version
), 0) + n.late * a.normal_side)::bigint AS balance
FROM known k
CROSS JOIN net n
JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = $2::int;
