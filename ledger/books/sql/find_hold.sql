-- purpose: read one hold
-- parameters: tenant, hold
-- result: the hold with the public ids of its accounts; no row when it is not of this tenant
-- locks: none
-- errors: none
SELECT h.hold_id, a.public_id AS account_id, a.holder_id, c.public_id AS capture_account_id,
    h.amount, h.captured, h.refunded, h.expires_at, h.status, h.resolving_entry_id,
    b.unit_code
FROM books.hold h
JOIN books.account a ON a.tenant_id = h.tenant_id AND a.account_id = h.account_id
JOIN books.book b ON b.tenant_id = h.tenant_id AND b.book_code = a.book_code
LEFT JOIN books.account c ON c.tenant_id = h.tenant_id AND c.account_id = h.capture_account_id
WHERE h.tenant_id = $1::int AND h.hold_id = $2::uuid;
