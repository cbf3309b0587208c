-- purpose: read the expiry buckets that a batch may take from, as chains, one an account, by date
-- access: internal
-- parameters: tenant; account ids, ascending; whether each tracks expiry; per line: position of
--         the debited account, amount, expiry date asked for; per entry: when it happened
-- result: per bucket: position of its account, date, balance, index of the next (0: last), row;
--         per account: index of its first bucket (0: none was read)
-- locks: none; the caller holds the account locks, which guard the buckets
-- errors: none
-- why: a batch walks buckets in memory, first-expiring first. Mostly the first bucket holds all
--      that is debited; only where it does not, or a line names a date, all of them are read. What
--      is only credited needs none: store_buckets adds to what is there
CREATE OR REPLACE FUNCTION books.load_buckets(
    p_tenant_id int,
    p_account_ids int[],
    p_tracks boolean[],
    p_debits int[],
    p_amounts bigint[],
    p_expires date[],
    p_occurred_at timestamptz[],
    OUT places int[],
    OUT dates date[],
    OUT balances bigint[],
    OUT nexts int[],
    OUT heads int[],
    OUT tuples tid[]
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_every CONSTANT bigint := 9223372036854775807;
    c_largest CONSTANT bigint := 9007199254740991;
    v_debited int[];
    v_wanted bigint[];
    v_rest int[];
    v_from date;
    v_until date;
    m int;
    b int;
BEGIN
    SELECT array_agg(s.place), array_agg(s.wanted) INTO v_debited, v_wanted
    FROM (
        SELECT u.place, CASE WHEN count(u.expires_on) > 0 THEN c_every
            ELSE least(sum(greatest(least(u.amount, c_largest), 0)), c_every)::bigint
            END AS wanted
        FROM unnest(p_debits, p_amounts, p_expires) AS u (place, amount, expires_on)
        WHERE p_tracks[u.place]
        GROUP BY u.place
    ) s;
    SELECT (min(u.moment) AT TIME ZONE 'Asia/Shanghai')::date,
        (max(u.moment) AT TIME ZONE 'Asia/Shanghai')::date INTO v_from, v_until
    FROM unnest(p_occurred_at) AS u (moment);
    SELECT array_agg(x.place) FILTER (WHERE x.holds_all),
        array_agg(x.expires_on) FILTER (WHERE x.holds_all),
        array_agg(x.balance) FILTER (WHERE x.holds_all),
        array_agg(x.row) FILTER (WHERE x.holds_all),
        array_agg(x.place) FILTER (WHERE NOT x.holds_all)
    INTO places, dates, balances, tuples, v_rest
    FROM (
        SELECT p.place, e.expires_on, e.balance, e.row,
            e.balance >= p.wanted AND e.expires_on >= v_until AS holds_all
        FROM unnest(v_debited, v_wanted) AS p (place, wanted)
        CROSS JOIN LATERAL (
            SELECT b.expires_on, b.balance, b.ctid AS row FROM books.expiry_bucket b
            WHERE b.tenant_id = p_tenant_id AND b.account_id = p_account_ids[p.place]
                AND b.expires_on >= CASE p.wanted WHEN c_every THEN '-infinity' ELSE v_from END
                AND b.balance > 0
            ORDER BY b.expires_on
            LIMIT 1
        ) e
    ) x;
    places := coalesce(places, '{}');
    m := cardinality(places);
    nexts := array_fill(0, ARRAY[m]);
    IF v_rest IS NOT NULL THEN
        SELECT places || array_agg(u.place), dates || array_agg(u.expires_on),
            balances || array_agg(u.balance), tuples || array_agg(u.row),
            nexts || array_agg(CASE WHEN u.following = u.place THEN m + u.item + 1 ELSE 0 END)
        INTO places, dates, balances, tuples, nexts
        FROM (
            SELECT p.place, e.expires_on, e.balance, e.row,
                lead(p.place) OVER w AS following, (row_number() OVER w)::int AS item
            FROM unnest(v_rest) AS p (place)
            CROSS JOIN LATERAL (
                SELECT b.expires_on, b.balance, b.ctid AS row FROM books.expiry_bucket b
                WHERE b.tenant_id = p_tenant_id AND b.account_id = p_account_ids[p.place]
                    AND b.balance > 0
                OFFSET 0  -- by key for each account, whatever the statistics
            ) e
            WINDOW w AS (ORDER BY p.place, e.expires_on)
            ORDER BY p.place, e.expires_on
        ) u;
    END IF;
    heads := array_fill(0, ARRAY[cardinality(p_account_ids)]);
    FOR b IN REVERSE cardinality(places)..1 LOOP
        heads[places[b]] := b;
    END LOOP;
END
$$;
