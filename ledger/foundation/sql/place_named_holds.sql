-- Purpose: call the function that places holds on accounts that were named.
-- Parameters: as books.place_holds.
-- Result: one row of arrays, one element a hold.
-- Locks: as books.place_holds. Errors: as books.place_holds.
SELECT
    h.codes, h.replayed, h.entry_ids, h.posted_at, h.booked_on, h.details::text [] AS details
FROM books.place_holds(
    $1::int, $2::uuid [], $3::int [], $4::uuid [], $5::bytea [], $6::text [], $7::timestamptz [],
    $8::date [], $9::uuid [], $10::int [], $11::int [], $12::bigint [], $13::timestamptz [], NULL,
    foundation.refuse_absent_givers(
        $1::int, $10::int [], array_fill(1, ARRAY[cardinality($10::int [])]),
        ARRAY(SELECT generate_series(1, cardinality($10::int [])))
    )
) AS h
