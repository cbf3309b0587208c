-- Purpose: what some entries moved, for a line in a list.
-- Parameters: $1 tenant_id int; $2 entry_id uuid[].
-- Result: entry_id, event_code, unit_code, debit_account_id, credit_account_id, amount (smallest
--   units), a row a transfer. Locks: none. Errors: none.
SELECT
    e.entry_id, e.event_code, b.unit_code, t.debit_account_id, t.credit_account_id, t.amount
FROM books.entry AS e
INNER JOIN books.transfer AS t ON e.tenant_id = t.tenant_id AND e.entry_id = t.entry_id
INNER JOIN books.account AS a
    ON t.tenant_id = a.tenant_id AND t.debit_account_id = a.account_id
INNER JOIN books.book AS b ON a.tenant_id = b.tenant_id AND a.book_code = b.book_code
WHERE e.tenant_id = $1::int AND e.entry_id = ANY ($2::uuid[])
ORDER BY e.entry_id, t.line_no
