-- purpose: the transfers of one entry in their order, accounts by the ids that travel
-- parameters: $1 tenant; $2 entry id
-- result: one row a transfer; amount in smallest units; expires_on infinity: never
-- locks: none
-- errors: none
SELECT
    t.line_no,
    d.book_code,
    b.unit_code,
    d.public_id AS debit_account,
    d.account_code AS debit_code,
    d.holder_id AS debit_holder,
    c.public_id AS credit_account,
    c.account_code AS credit_code,
    c.holder_id AS credit_holder,
    t.amount,
    t.expires_on
FROM books.transfer AS t
INNER JOIN books.account AS d
    ON t.tenant_id = d.tenant_id AND t.debit_account_id = d.account_id
INNER JOIN books.account AS c
    ON t.tenant_id = c.tenant_id AND t.credit_account_id = c.account_id
INNER JOIN books.book AS b ON d.tenant_id = b.tenant_id AND d.book_code = b.book_code
WHERE t.tenant_id = $1::int AND t.entry_id = $2::uuid
ORDER BY t.line_no
