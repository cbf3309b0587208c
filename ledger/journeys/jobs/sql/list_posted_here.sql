-- purpose: the transfers that this very transaction has posted for a tenant
-- parameters: $1 tenant int
-- result: one row a transfer; amount in smallest units; expires_on null: never
-- locks: none
-- errors: none
SELECT
    e.entry_id, e.event_code, e.subject_id, t.line_no, d.public_id AS debit_account,
    c.public_id AS credit_account, nullif(t.expires_on, 'infinity') AS expires_on, t.amount,
    b.unit_code
FROM books.entry AS e
INNER JOIN books.transfer AS t ON t.tenant_id = e.tenant_id AND t.entry_id = e.entry_id
INNER JOIN books.account AS d
    ON d.tenant_id = t.tenant_id AND d.account_id = t.debit_account_id
INNER JOIN books.account AS c
    ON c.tenant_id = t.tenant_id AND c.account_id = t.credit_account_id
INNER JOIN books.book AS b ON b.tenant_id = d.tenant_id AND b.book_code = d.book_code
WHERE e.tenant_id = $1::int
    -- the index finds the newest pages; a moment never goes back by so much
    AND e.posted_at >= transaction_timestamp() - interval '1 hour'
    AND e.xmin = pg_current_xact_id()::xid
