-- purpose: call the posting function with a batch of entries
-- parameters: as books.post_batch
-- result: one row of arrays, one element an entry
-- locks: as books.post_batch
-- errors: as books.post_batch
SELECT codes, replayed, entry_ids, posted_at, booked_on, details::text[]
FROM books.post_batch(
    $1::int, $2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $6::text[], $7::timestamptz[],
    $8::date[], $9::uuid[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[],
    $15::bigint[], $16::date[], NULL, $17::text[], $18::bytea[], $19::bytea[]);
