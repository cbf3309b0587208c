-- purpose: money that left bank accounts without two signatures
-- parameters: tenant; first and last accounting date; date and entry after which the page begins
--         (null: from the first); page size; days from which the largest bank fee that is left
--         out changes, and that fee from each of them on, fen
-- result: entries by accounting date that credit 1002, net, and neither are an approved payment nor
--         a small bank fee, a move to another own account, or undone by a reversal; fen
-- locks: none
-- errors: none
SELECT e.entry_id, e.event_code, e.booked_on,
    sum(CASE WHEN a.account_id = t.credit_account_id THEN t.amount ELSE -t.amount END)::bigint
        AS amount_fen
FROM books.entry e
JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = e.entry_id
JOIN books.account a ON a.tenant_id = $1::int AND a.book_code = 'TR' AND a.account_code = '1002'
    AND a.account_id IN (t.debit_account_id, t.credit_account_id)
WHERE e.tenant_id = $1::int AND e.booked_on BETWEEN $2::date AND $3::date
    AND ($4::date IS NULL OR (e.booked_on, e.entry_id) > ($4::date, $5::uuid))
    AND e.kind = 0 AND e.event_code NOT IN ('TR49', 'TR53')
    AND NOT EXISTS (
        SELECT 1 FROM programmes.trust_payment_decision d
        WHERE d.tenant_id = $1::int AND d.entry_id = e.entry_id)
    AND NOT EXISTS (
        SELECT 1 FROM books.reversal r
        WHERE r.tenant_id = $1::int AND r.reversed_entry_id = e.entry_id)
GROUP BY e.entry_id, e.event_code, e.booked_on
HAVING sum(CASE WHEN a.account_id = t.credit_account_id THEN t.amount ELSE -t.amount END)
    > CASE e.event_code WHEN 'TR21' THEN (
        SELECT l.fen FROM unnest($7::date[], $8::bigint[]) AS l (first_day, fen)
        WHERE l.first_day <= e.booked_on
        ORDER BY l.first_day DESC
        LIMIT 1
    ) ELSE 0 END
ORDER BY e.booked_on, e.entry_id
LIMIT $6::int;
