-- purpose: call the posting function with a batch of entries
-- parameters: as books.post_batch
-- result: one row of arrays, one element an entry; when all were posted just now: only their one
--         posting moment and the accounting dates, null for the rest
-- locks: as books.post_batch
-- errors: as books.post_batch
-- why: nearly every batch is posted whole, and five arrays that say so cost as much as a commit
SELECT CASE WHEN NOT s.plain THEN p.codes END, CASE WHEN NOT s.plain THEN p.replayed END,
    CASE WHEN NOT s.plain THEN p.entry_ids END,
    CASE WHEN s.plain THEN p.posted_at[1:1] ELSE p.posted_at END, p.booked_on,
    CASE WHEN NOT s.plain THEN p.details::text[] END
FROM books.post_batch(
    $1::int, $2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $6::text[], $7::timestamptz[],
    $8::date[], $9::uuid[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[],
    $15::bigint[], $16::date[], NULL, $17::text[], $18::bytea[], $19::bytea[]) AS p
CROSS JOIN LATERAL (
    SELECT true <> ALL (p.replayed) AND cardinality(array_remove(p.codes, NULL)) = 0 AS plain
) AS s;
