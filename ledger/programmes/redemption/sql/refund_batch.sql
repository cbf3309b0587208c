-- purpose: call the function that refunds captured purchases
-- parameters: as programmes.refund_batch
-- result: one row of arrays, one element a command
-- locks: as programmes.refund_batch
-- errors: as programmes.refund_batch
SELECT codes, replayed, entry_ids, posted_at, booked_on, details::text[]
FROM programmes.refund_batch(
    $1::int, $2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $6::text[], $7::timestamptz[],
    $8::date[], $9::uuid[], $10::text[], $11::uuid[], $12::bigint[], $13::int[], $14::int[]);
