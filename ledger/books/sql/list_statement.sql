-- purpose: movements of an account, in posting order or the latest first
-- parameters: tenant; account; versions above this; versions below this; events (null: all);
--         first and last accounting date (null: unbounded); latest first; how many
-- result: per line: version, signed amount on the normal side, balance after it, the other account
--         with its holder, the entry with its dates, event, kind, subject and memo
-- locks: none
-- errors: none
-- why: the account's debit range and credit range of one index each, merged by version
WITH lines AS (
    SELECT t.entry_id, t.line_no, t.debit_version AS version, t.amount AS signed,
        t.debit_balance AS balance, t.credit_account_id AS other_id, t.expires_on
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.debit_account_id = $2::int
        AND t.debit_version > $3::bigint AND t.debit_version < $4::bigint
    UNION ALL
    SELECT t.entry_id, t.line_no, t.credit_version, -t.amount, t.credit_balance,
        t.debit_account_id, t.expires_on
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.credit_account_id = $2::int
        AND t.credit_version > $3::bigint AND t.credit_version < $4::bigint
)
SELECT l.version, l.signed * a.normal_side AS amount, l.balance, l.expires_on,
    o.public_id AS other_account_id, o.account_code AS other_account_code,
    o.holder_id AS other_holder_id, e.entry_id, l.line_no, e.kind, e.event_code, e.subject_id,
    e.occurred_at, e.booked_on, e.posted_at, m.memo
FROM lines l
JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = $2::int
JOIN books.account o ON o.tenant_id = $1::int AND o.account_id = l.other_id
JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = l.entry_id
LEFT JOIN books.entry_memo m ON m.tenant_id = $1::int AND m.entry_id = l.entry_id
WHERE ($5::text[] IS NULL OR e.event_code = ANY ($5::text[]))
    AND e.booked_on BETWEEN coalesce($6::date, '-infinity') AND coalesce($7::date, 'infinity')
ORDER BY CASE WHEN $8::boolean THEN -l.version ELSE l.version END
LIMIT $9::int;
