-- purpose: read the expiry buckets of the accounts of a batch as chains, one an account, by date
-- access: internal
-- parameters: tenant; account ids, ascending; whether each tracks expiry
-- result: per bucket: position of its account, date, balance, index of the next (0: last); per
--         account: index of its first bucket (0: none)
-- locks: none; the caller holds the account locks, which guard the buckets
-- errors: none
-- why: a batch walks each account's buckets in memory, first-expiring first
CREATE OR REPLACE FUNCTION books.load_buckets(
    p_tenant_id int,
    p_account_ids int[],
    p_tracks boolean[],
    OUT places int[],
    OUT dates date[],
    OUT balances bigint[],
    OUT nexts int[],
    OUT heads int[]
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    b int;
BEGIN
    SELECT array_agg(u.place), array_agg(u.expires_on), array_agg(u.balance),
        array_agg(CASE WHEN u.following = u.place THEN u.row + 1 ELSE 0 END)
    INTO places, dates, balances, nexts
    FROM (
        SELECT p.place::int AS place, e.expires_on, e.balance,
            lead(p.place) OVER w AS following, (row_number() OVER w)::int AS row
        FROM unnest(p_account_ids, p_tracks) WITH ORDINALITY AS p (account_id, tracks, place)
        CROSS JOIN LATERAL (
            SELECT b.expires_on, b.balance FROM books.expiry_bucket b
            WHERE b.tenant_id = p_tenant_id AND b.account_id = p.account_id AND b.balance > 0
            OFFSET 0  -- by key for each account, whatever the statistics
        ) e
        WHERE p.tracks
        WINDOW w AS (ORDER BY p.place, e.expires_on)
        ORDER BY p.place, e.expires_on
    ) u;
    heads := array_fill(0, ARRAY[cardinality(p_account_ids)]);
    places := coalesce(places, '{}');
    dates := coalesce(dates, '{}');
    balances := coalesce(balances, '{}');
    nexts := coalesce(nexts, '{}');
    FOR b IN REVERSE cardinality(places)..1 LOOP
        heads[places[b]] := b;
    END LOOP;
END
$$;
