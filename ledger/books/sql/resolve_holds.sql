-- purpose: call the function that captures, voids and expires holds
-- parameters: as books.resolve_holds
-- result: one row of arrays, one element a command
-- locks: as books.resolve_holds
-- errors: as books.resolve_holds
SELECT codes, replayed, entry_ids, posted_at, booked_on, details::text[]
FROM books.resolve_holds(
    $1::int, $2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $6::text[], $7::timestamptz[],
    $8::date[], $9::uuid[], $10::uuid[], $11::text[], $12::bigint[], $13::int[], $14::text[]);
