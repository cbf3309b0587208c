-- purpose: read the lines of entries as the seal sees them
-- parameters: tenant; entry ids
-- result: per line, entry by entry and in the order of its lines: accounts by public id, book,
--         unit, amount (smallest units), expiry date, and both versions with the balances after
-- locks: none
-- errors: none
SELECT t.entry_id, d.public_id AS debit_account_id, c.public_id AS credit_account_id, d.book_code,
    b.unit_code, t.amount, t.expires_on, t.debit_version, t.debit_balance, t.credit_version,
    t.credit_balance
FROM books.transfer t
JOIN books.account d ON d.tenant_id = $1::int AND d.account_id = t.debit_account_id
JOIN books.account c ON c.tenant_id = $1::int AND c.account_id = t.credit_account_id
JOIN books.book b ON b.tenant_id = $1::int AND b.book_code = d.book_code
WHERE t.tenant_id = $1::int AND t.entry_id = ANY ($2::uuid[])
ORDER BY t.entry_id, t.line_no;
