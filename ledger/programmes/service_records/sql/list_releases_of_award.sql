-- Purpose: what was posted when an award took effect and still stands, the last first.
-- Parameters: $1 tenant int; $2 the award's entry id uuid; $3 events that a release posts text[].
-- Result: entry_id, booked_on.
-- Locks: none; the members are held by lock_members before. Errors: none.
SELECT DISTINCT f.entry_id, f.booked_on, f.posted_at
FROM books.transfer AS t
INNER JOIN books.account AS c ON c.tenant_id = $1::int AND t.credit_account_id = c.account_id
INNER JOIN books.account AS own
    ON
        own.tenant_id = $1::int
        AND c.holder_id = own.holder_id
        AND c.book_code = own.book_code
        AND own.account_code IN ('2101', '2103')
INNER JOIN books.transfer AS d ON d.tenant_id = $1::int AND own.account_id = d.debit_account_id
INNER JOIN books.entry AS f
    ON
        f.tenant_id = $1::int
        AND d.entry_id = f.entry_id
        AND f.subject_id = $2::uuid
        AND f.event_code = any($3::text[])
WHERE
    t.tenant_id = $1::int
    AND t.entry_id = $2::uuid
    AND NOT EXISTS (
        SELECT 1
        FROM books.reversal AS v
        WHERE v.tenant_id = $1::int AND v.reversed_entry_id = f.entry_id
    )
    AND NOT EXISTS (
        SELECT 1
        FROM books.reversal AS m
        WHERE m.tenant_id = $1::int AND m.entry_id = f.entry_id
    )
ORDER BY f.posted_at DESC, f.entry_id DESC
