-- purpose: counterparties of a kind
-- parameters: tenant, kind
-- result: counterparties in the order they were registered
-- locks: none
-- errors: none
SELECT c.counterparty_id, c.kind, c.name
FROM programmes.trust_counterparty c
WHERE c.tenant_id = $1::int AND c.kind = $2::text
ORDER BY c.counterparty_id;
