-- purpose: movements of an account within a window of versions, in posting order
-- parameters: tenant; account; first and last version of the window; events (null: all);
--         first and last accounting date (null: unbounded)
-- result: per line: version, signed amount on the normal side, balance after it, the other account
--         with its holder, the entry with its dates, event, kind, subject and memo
-- locks: none
-- errors: none
-- why: versions have no gaps, so a window is a short range of one index a side, at any depth
WITH lines AS (
    SELECT t.entry_id, t.line_no, t.debit_version AS version, t.amount AS signed,
        t.debit_balance AS balance, t.credit_account_id AS other_id, t.expires_on
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.debit_account_id = $2::int
        AND t.debit_version BETWEEN $3::bigint AND $4::bigint
    UNION ALL
    SELECT t.entry_id, t.line_no, t.credit_version, -t.amount, t.credit_balance,
        t.debit_account_id, t.expires_on
    FROM books.transfer t
    WHERE t.tenant_id = $1::int AND t.credit_account_id = $2::int
        AND t.credit_version BETWEEN $3::bigint AND $4::bigint
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
ORDER BY l.version;
