-- purpose: call the function that authorises purchases
-- parameters: as programmes.authorise_batch
-- result: one row of arrays, one element a command
-- locks: as programmes.authorise_batch
-- errors: as programmes.authorise_batch
SELECT codes, replayed, entry_ids, posted_at, booked_on, details::text[]
FROM programmes.authorise_batch(
    $1::int, $2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $6::text[], $7::timestamptz[],
    $8::date[], $9::uuid[], $10::text[], $11::text[], $12::bytea[], $13::uuid[], $14::bigint[],
    $15::int[], $16::bigint[], $17::bigint[], $18::int[]);
