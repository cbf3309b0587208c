-- purpose: create a tenant with its books and chart
-- parameters: as books.create_tenant
-- result: the tenant number
-- locks: the tenant counter
-- errors: 23505 when the public id is taken
SELECT books.create_tenant(
    $1::uuid, $2::text[], $3::text[], $4::boolean[], $5::date, $6::text[], $7::text[],
    $8::text[], $9::text[], $10::smallint[], $11::text[], $12::bigint[], $13::boolean[]);
