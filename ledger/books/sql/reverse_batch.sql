-- purpose: call the function that reverses entries
-- parameters: as books.reverse_batch
-- result: one row of arrays, one element a command
-- locks: as books.reverse_batch
-- errors: as books.reverse_batch
SELECT codes, replayed, entry_ids, posted_at, booked_on, details::text[]
FROM books.reverse_batch(
    $1::int, $2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $6::timestamptz[], $7::date[],
    $8::uuid[], $9::text[], $10::bytea[], $11::bytea[]);
