-- purpose: the accounting months of a book that are, or were, closed
-- parameters: tenant, book
-- result: month, status, when it changed, hash, until when it is reopened
-- locks: none
-- errors: none
SELECT p.month, p.status, p.changed_at, p.snapshot_hash, p.reopened_until
FROM books.period p
WHERE p.tenant_id = $1::int AND p.book_code = $2::text
ORDER BY p.month;
