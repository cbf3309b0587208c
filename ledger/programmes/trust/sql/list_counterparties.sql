-- purpose: counterparties of a kind, or of every kind
-- parameters: tenant; kind or null; the one before the page (null: from the first); page size
--         (null: all)
-- result: counterparties in the order they were registered
-- locks: none
-- errors: none
SELECT c.counterparty_id, c.kind, c.name
FROM programmes.trust_counterparty c
WHERE c.tenant_id = $1::int AND ($2::text IS NULL OR c.kind = $2::text)
    AND ($3::uuid IS NULL OR c.counterparty_id > $3::uuid)
ORDER BY c.counterparty_id
LIMIT $4::int;
