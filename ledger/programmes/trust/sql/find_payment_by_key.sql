-- purpose: find the payment asked for under a key
-- parameters: tenant, who asked, key
-- result: its id
-- locks: none
-- errors: none
SELECT q.payment_id
FROM programmes.trust_payment_request q
WHERE q.tenant_id = $1::int AND q.requested_by = $2::int AND q.key = $3::uuid;
