-- Purpose: call the posting function with entries that name their accounts.
-- Parameters: as books.post_batch.
-- Result: as ledger/books/sql/post_batch.sql: one row of arrays.
-- Locks: as books.post_batch. Errors: as books.post_batch.
SELECT
    CASE WHEN NOT s.plain THEN p.codes END AS codes,
    CASE WHEN NOT s.plain THEN p.replayed END AS replayed,
    CASE WHEN NOT s.plain THEN p.entry_ids END AS entry_ids,
    CASE WHEN s.plain THEN p.posted_at[1:1] ELSE p.posted_at END AS posted_at,
    p.booked_on,
    CASE WHEN NOT s.plain THEN p.details::text [] END AS details
FROM books.post_batch(
    $1::int, $2::uuid [], $3::int [], $4::uuid [], $5::bytea [], $6::text [], $7::timestamptz [],
    $8::date [], $9::uuid [], $10::int [], $11::int [], $12::int [], $13::int [], $14::int [],
    $15::bigint [], $16::date [], NULL, $17::text [], $18::bytea [], $19::bytea [], NULL,
    foundation.refuse_absent_givers($1::int, $11::int [], $12::int [], $13::int [])
) AS p
CROSS JOIN LATERAL (
    SELECT true <> ALL(p.replayed) AND cardinality(array_remove(p.codes, NULL)) = 0 AS plain
) AS s
