-- purpose: find the id by which a tenant is known outside
-- parameters: tenant
-- result: its public id; no row when there is no such tenant
-- locks: none
-- errors: none
SELECT t.public_id FROM books.tenant t WHERE t.tenant_id = $1::int;
