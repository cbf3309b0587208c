-- purpose: call the function that voids and expires authorised purchases
-- parameters: as programmes.void_batch
-- result: one row of arrays, one element a command
-- locks: as programmes.void_batch
-- errors: as programmes.void_batch
SELECT codes, replayed, entry_ids, posted_at, booked_on, details::text[]
FROM programmes.void_batch(
    $1::int, $2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $6::text[], $7::timestamptz[],
    $8::date[], $9::uuid[], $10::uuid[], $11::text[]);
