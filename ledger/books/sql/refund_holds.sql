-- purpose: call the function that refunds captured holds
-- parameters: as books.refund_holds
-- result: one row of arrays, one element a command
-- locks: as books.refund_holds
-- errors: as books.refund_holds
SELECT codes, replayed, entry_ids, posted_at, booked_on, details::text[]
FROM books.refund_holds(
    $1::int, $2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $6::text[], $7::timestamptz[],
    $8::date[], $9::uuid[], $10::uuid[], $11::bigint[], $12::date[]);
