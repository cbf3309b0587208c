-- purpose: an account's movements that fit a search, the latest accounting date first
-- parameters: tenant; account; first and last accounting date; events (null: all); side the reader
--         asks for (1 in, -1 out, on the account's normal side, a reversal on that of what it
--         reverses; null: both); least and most amount
--         in smallest units (null: any); text (null: any); also look in the names that banks gave;
--         entries, and what entries are about, that the text fits as well;
--         accounting date and version after which the page begins (null: from the start); limit
-- result: version, entry, accounting date, moment it happened, event, signed amount on the normal
--         side, balance after it, memo, what the bank called the other side (null: not asked),
--         whether it reverses another entry, what it is about
-- locks: none
-- errors: none
-- why: the balance is the sum of this line and all before it in the order of the list, found or
--      not: what is dated back counts at its date; the stored one is in order of posting
WITH lines AS (
    SELECT t.entry_id, t.debit_version AS version, t.amount AS signed
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.debit_account_id = $2::int
    UNION ALL
    SELECT t.entry_id, t.credit_version, -t.amount
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.credit_account_id = $2::int
),
booked AS (
    SELECT l.version, e.entry_id, e.booked_on, e.occurred_at, e.event_code, e.kind, e.subject_id,
        l.signed * a.normal_side AS amount,
        sum(l.signed * a.normal_side) OVER (ORDER BY e.booked_on, l.version)::bigint AS balance
    FROM lines l
    JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = $2::int
    JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = l.entry_id
    WHERE e.booked_on <= $4::date
        AND ($12::date IS NULL OR (e.booked_on, l.version) < ($12::date, $13::bigint))
)
SELECT b.version, b.entry_id, b.booked_on, b.occurred_at, b.event_code, b.amount, b.balance,
    m.memo, d.counterparty, b.kind = 1 AS is_reversal, b.subject_id
FROM booked b
LEFT JOIN books.entry_memo m ON m.tenant_id = $1::int AND m.entry_id = b.entry_id
LEFT JOIN programmes.trust_cash_detail d
    ON $10::boolean AND d.tenant_id = $1::int AND d.entry_id = b.entry_id
WHERE b.booked_on >= $3::date
    AND ($5::text[] IS NULL OR b.event_code = ANY ($5::text[]))
    AND ($6::int IS NULL
        OR sign(b.amount) * CASE WHEN b.kind = 1 THEN -1 ELSE 1 END = $6::int)
    AND ($7::bigint IS NULL OR abs(b.amount) >= $7::bigint)
    AND ($8::bigint IS NULL OR abs(b.amount) <= $8::bigint)
    AND ($9::text IS NULL OR strpos(lower(m.memo), lower($9::text)) > 0
        OR strpos(lower(d.counterparty), lower($9::text)) > 0
        OR b.entry_id = ANY ($11::uuid[]) OR b.subject_id = ANY ($11::uuid[]))
ORDER BY b.booked_on DESC, b.version DESC
LIMIT $14::int;
