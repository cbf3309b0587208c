-- purpose: call the function that captures authorised purchases
-- parameters: as programmes.capture_batch
-- result: one row of arrays, one element a command
-- locks: as programmes.capture_batch
-- errors: as programmes.capture_batch
SELECT codes, replayed, entry_ids, posted_at, booked_on, details::text[]
FROM programmes.capture_batch(
    $1::int, $2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $6::text[], $7::timestamptz[],
    $8::date[], $9::uuid[], $10::text[], $11::uuid[], $12::bigint[], $13::text[]);
