-- Purpose: tell members which of their units expire soon, once for each day they were warned.
-- Parameters: $1 tenant int; $2 kind of the notice; $3 first and $4 last day of use date that are
--   announced by it; $5 moment timestamptz.
-- Result: none; rows written are the notices.
-- Locks: none. Errors: none; what was told before is left as it is.
INSERT INTO foundation.notice (
    notice_id, person_id, kind, scope_tenant_id, subject_id, about, amount, unit_code, day,
    created_at
)
SELECT
    gen_random_uuid(), m.person_id, $2::text, $1::int, a.public_id, '', x.balance, b.unit_code,
    x.expires_on, $5::timestamptz
FROM books.expiry_bucket AS x
INNER JOIN books.account AS a ON x.account_id = a.account_id AND a.tenant_id = $1::int
INNER JOIN books.book AS b ON a.book_code = b.book_code AND b.tenant_id = $1::int
INNER JOIN foundation.member AS m ON a.holder_id = m.member_id AND m.tenant_id = $1::int
WHERE
    x.tenant_id = $1::int
    AND a.account_code = '2101'
    AND a.status = 0
    AND x.balance > 0
    AND x.expires_on BETWEEN $3::date AND $4::date
ON CONFLICT DO NOTHING
