-- purpose: what a service at revision 0002 asks to post: 1.00 yuan from one account of the
--   programme's fund to another and back, so that what the fund is worth stays as it is
-- parameters: $1 id of the entry (uuid), $2 idempotency key (uuid)
-- result: the refusal; null when posted
SELECT codes[1]
FROM books.post_batch(
    1, ARRAY[$1::uuid], ARRAY[1], ARRAY[$2::uuid], ARRAY[sha256(uuid_send($2::uuid))],
    ARRAY['PG01'], ARRAY[now()], ARRAY[NULL::date], NULL, NULL,
    ARRAY[276, 277], ARRAY[2], ARRAY[1, 2], ARRAY[2, 1], ARRAY[100, 100]::bigint[],
    ARRAY[NULL::date, NULL::date]
)
