-- purpose: what happened to one month of a book
-- parameters: tenant, book, first day of the month
-- result: when, what, why, who, the second person of a reopening; the latest first
-- locks: none
-- errors: none
SELECT c.changed_at, c.action, c.reason, c.caller_id, c.approver_id
FROM books.period_change c
WHERE c.tenant_id = $1::int AND c.book_code = $2::text AND c.month = $3::date
ORDER BY c.changed_at DESC, c.change_id DESC;
