-- purpose: call the function that places holds
-- parameters: as books.place_holds
-- result: one row of arrays, one element a hold
-- locks: as books.place_holds
-- errors: as books.place_holds
SELECT codes, replayed, entry_ids, posted_at, booked_on, details::text[]
FROM books.place_holds(
    $1::int, $2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $6::text[], $7::timestamptz[],
    $8::date[], $9::uuid[], $10::int[], $11::int[], $12::bigint[], $13::timestamptz[]);
