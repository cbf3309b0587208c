-- purpose: find how many tenants there are; their numbers run from 1
-- parameters: none
-- result: the highest tenant number; 0 without tenants
-- locks: none
-- errors: none
SELECT c.last_tenant_id FROM books.tenant_counter c;
