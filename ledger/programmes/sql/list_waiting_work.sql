-- purpose: what waits in several programmes
-- parameters: programmes; first day of the month that should be closed by now
-- result: as programmes.waiting_work
-- locks: none
-- errors: none
SELECT w.tenant_id, w.services, w.oldest_service, w.claims, w.open_books
FROM programmes.waiting_work($1::int[], $2::date) w;
