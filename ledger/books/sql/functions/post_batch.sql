-- purpose: post entries to the journal; each stands or falls alone
-- parameters: tenant; per entry: id, caller, key, fingerprint, event, occurred_at, booked_on
--         (null: today in Shanghai), subject, policy version; the distinct accounts, ascending;
--         the number of lines of each entry; per line, entry by entry: positions of the debit and
--         the credit account in p_accounts (from 1), amount (smallest units), expiry date (null:
--         first-expiring-first where the debited account tracks expiry, else never);
--         kinds (null: all 0); memo, salt and commitment (null: none); subject, policy version and
--         expiry date may be null for all as well;
--         fresh: claims already taken by the calling function (null: claim here);
--         refusals and their details, by the calling function's own checks (null: none)
-- result: per entry: refusal code (null: posted), replayed, entry id, posting moment, accounting
--         date, attributes of the refusal
-- locks: claims (sorted), then accounts (ascending), then voucher counters (sorted)
-- errors: GZ001 an account id that does not exist (the caller resolves ids first)
-- why: docs/decisions/0004-posting.md; precedence of refusals: docs/refusals.md
CREATE OR REPLACE FUNCTION books.post_batch(
    p_tenant_id int,
    p_entry_ids uuid[], p_callers int[], p_keys uuid[], p_fingerprints bytea[],
    p_events text[], p_occurred_at timestamptz[], p_booked_on date[],
    p_subjects uuid[], p_policy_versions int[],
    p_accounts int[], p_line_counts int[],
    p_debits int[], p_credits int[], p_amounts bigint[], p_expires date[],
    p_kinds smallint[] DEFAULT NULL,
    p_memos text[] DEFAULT NULL, p_salts bytea[] DEFAULT NULL, p_commitments bytea[] DEFAULT NULL,
    p_fresh boolean[] DEFAULT NULL, p_refusals text[] DEFAULT NULL, p_details jsonb[] DEFAULT NULL,
    OUT codes text[], OUT replayed boolean[], OUT entry_ids uuid[],
    OUT posted_at timestamptz[], OUT booked_on date[], OUT details jsonb[]
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_bitmapscan = off
SET jit = off
AS $$
DECLARE
    c_refusals CONSTANT text[] := ARRAY['entry_without_lines', 'invalid_amount', 'same_account',
        'unit_mismatch', 'book_mismatch', 'account_closed', 'account_frozen',
        'occurred_in_future', 'period_not_open'];
    c_none CONSTANT int := 99; c_largest CONSTANT bigint := 9007199254740991;
    n CONSTANT int := cardinality(p_entry_ids);
    v_fresh boolean[] := p_fresh;
    v_now timestamptz;
    v_today date; v_day date; v_month date; v_business date; v_date date;
    v_line int := 0; v_from int; v_to int;
    v_left bigint; v_take bigint; v_available bigint; v_debit_balance bigint;
    v_credit_balance bigint;
    v_accepted uuid[] := '{}'; i int; k int; d int; c int; b int; bc int; v_previous int;
    r record; v_code text; v_rank int; v_lowest int; v_blamed int;
    v_books text[]; v_units text[]; v_first date[]; v_numbered boolean[]; v_closed text[];
    -- accounts, by position; a_book is the place of its book in v_books
    a_id CONSTANT int[] := p_accounts; a_debits bigint[]; a_credits bigint[]; a_version bigint[];
    a_floor bigint[]; a_side smallint[]; a_status smallint[]; a_tracks boolean[]; a_book int[];
    a_head int[];
    -- expiry buckets: one chain an account, by date; those that have a tuple were read
    b_place int[] := '{}'; b_date date[]; b_balance bigint[]; b_next int[];
    b_dirty boolean[] := '{}'; b_tuple tid[]; m int := 0;
    -- transfers decided so far, with what is needed to take them back
    o int := 0; o_start int; o_transfers books.transfer[] := '{}';
    o_debit int[] := '{}'; o_credit int[] := '{}'; o_amount bigint[] := '{}';
    o_debit_bucket int[] := '{}'; o_credit_bucket int[] := '{}';
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    IF v_fresh IS NULL THEN
        v_fresh := books.claim_batch(
            p_tenant_id, p_callers, p_keys, p_fingerprints, p_entry_ids);
    END IF;
    codes := coalesce(p_refusals, array_fill(NULL::text, ARRAY[n]));
    details := coalesce(p_details, array_fill(NULL::jsonb, ARRAY[n]));
    replayed := array_fill(false, ARRAY[n]);
    entry_ids := p_entry_ids;
    posted_at := array_fill(NULL::timestamptz, ARRAY[n]);
    booked_on := array_fill(NULL::date, ARRAY[n]);

    IF true = ANY (v_fresh) THEN
        SELECT array_agg(bk.book_code), array_agg(bk.unit_code), array_agg(bk.first_period),
            array_agg(bk.numbers_vouchers) INTO v_books, v_units, v_first, v_numbered
        FROM books.book bk WHERE bk.tenant_id = p_tenant_id;
        SELECT x.debits, x.credits, x.versions, x.floors, x.sides, x.statuses, x.tracks, x.books,
            x.last_posted_at
        INTO a_debits, a_credits, a_version, a_floor, a_side, a_status, a_tracks, a_book, v_now
        FROM books.lock_accounts(p_tenant_id, p_accounts, v_books) x;
        v_now := greatest(clock_timestamp(), v_now + interval '1 microsecond');
        v_today := (v_now AT TIME ZONE 'Asia/Shanghai')::date;

        SELECT array_agg(pr.book_code || pr.month::text) INTO v_closed
        FROM books.period pr WHERE pr.tenant_id = p_tenant_id
            AND (pr.status <> 'open' OR pr.reopened_until < v_now)
            AND pr.month = ANY (SELECT date_trunc('month', coalesce(u.day, v_today))::date
                FROM unnest(p_booked_on) AS u (day));
        IF true = ANY (a_tracks) THEN
            SELECT x.places, x.dates, x.balances, x.nexts, x.heads, x.tuples
            INTO b_place, b_date, b_balance, b_next, a_head, b_tuple
            FROM books.load_buckets(
                p_tenant_id, a_id, a_tracks, p_debits, p_amounts, p_expires, p_occurred_at) x;
            m := cardinality(b_place);
            b_dirty := array_fill(false, ARRAY[m]);
        END IF;

        FOR i IN 1..n LOOP
            v_from := v_line + 1;
            v_to := v_line + p_line_counts[i];
            v_line := v_to;
            CONTINUE WHEN NOT v_fresh[i];
            v_day := coalesce(p_booked_on[i], v_today);
            v_month := date_trunc('month', v_day)::date;
            v_business := (p_occurred_at[i] AT TIME ZONE 'Asia/Shanghai')::date;
            v_code := codes[i];
            v_lowest := CASE p_line_counts[i] WHEN 0 THEN 1 ELSE c_none END;
            o_start := o;

            IF v_code IS NULL THEN
                -- everything is checked first; of several reasons the lowest rank is told
                FOR k IN v_from..v_to LOOP
                    d := p_debits[k];
                    c := p_credits[k];
                    v_rank := CASE
                        WHEN coalesce(p_amounts[k], 0) NOT BETWEEN 1 AND c_largest THEN 2
                        WHEN d = c THEN 3
                        WHEN v_units[a_book[d]] <> v_units[a_book[c]] THEN 4
                        WHEN a_book[d] <> a_book[c] THEN 5
                        WHEN a_status[d] = 2 OR a_status[c] = 2 THEN 6
                        WHEN (a_status[d] = 1 OR a_status[c] = 1)
                            AND coalesce(p_kinds[i], 0) NOT IN (4, 5) THEN 7
                        WHEN p_occurred_at[i] > v_now + interval '5 minutes' THEN 8
                        WHEN v_day > v_today + 31 OR v_month < v_first[a_book[d]]
                            OR v_books[a_book[d]] || v_month::text = ANY (v_closed) THEN 9
                        ELSE c_none
                    END;
                    IF v_rank < v_lowest THEN
                        v_lowest := v_rank;
                        v_line := k;
                    END IF;
                END LOOP;
                IF v_lowest < c_none THEN
                    k := v_line;
                    v_code := c_refusals[v_lowest];
                    v_blamed := CASE WHEN v_lowest IN (6, 7)
                        AND a_status[p_debits[k]] = 8 - v_lowest THEN p_debits[k]
                        ELSE p_credits[k] END;
                ELSE
                    <<lines>>
                    FOR l IN v_from..v_to LOOP
                        k := l;
                        d := p_debits[k];
                        c := p_credits[k];
                        v_left := p_amounts[k];
                        b := CASE WHEN a_tracks[d] THEN a_head[d] ELSE 0 END;
                        WHILE v_left > 0 LOOP
                            -- the units to move next, and their date
                            v_take := v_left;
                            v_date := coalesce(p_expires[k], 'infinity');
                            IF a_tracks[d] THEN
                                WHILE b > 0 AND (b_balance[b] = 0 OR CASE
                                    WHEN p_expires[k] IS NULL THEN b_date[b] < v_business
                                    ELSE b_date[b] <> p_expires[k] END)
                                LOOP
                                    b := b_next[b];
                                END LOOP;
                                v_take := CASE WHEN b = 0 THEN 0
                                    ELSE least(v_left, b_balance[b]) END;
                                v_date := b_date[nullif(b, 0)];
                            END IF;
                            v_debit_balance := (a_debits[d] + v_take - a_credits[d]) * a_side[d];
                            v_credit_balance := (a_debits[c] - a_credits[c] - v_take) * a_side[c];
                            -- a debit lowers a credit-normal account, a credit a debit-normal one
                            v_blamed := CASE
                                WHEN v_take = 0 OR a_debits[d] > c_largest - v_take THEN d
                                WHEN a_credits[c] > c_largest - v_take THEN c
                                WHEN a_side[d] = -1 AND v_debit_balance < a_floor[d] THEN d
                                WHEN a_side[c] = 1 AND v_credit_balance < a_floor[c] THEN c
                            END;
                            IF v_blamed IS NOT NULL THEN
                                v_code := CASE
                                    WHEN greatest(a_debits[d], a_credits[c]) > c_largest - v_take
                                    THEN 'total_too_large' ELSE 'insufficient_balance' END;
                                v_available := p_amounts[k] - v_left + CASE
                                    WHEN v_blamed = c THEN v_credit_balance + v_take - a_floor[c]
                                    WHEN a_tracks[d] THEN 0
                                    ELSE v_debit_balance + v_take - a_floor[d] END;
                                EXIT lines;
                            END IF;

                            bc := 0;
                            IF a_tracks[c] THEN
                                v_previous := 0;
                                bc := a_head[c];
                                WHILE bc > 0 AND b_date[bc] < v_date LOOP
                                    v_previous := bc;
                                    bc := b_next[bc];
                                END LOOP;
                                IF bc = 0 OR b_date[bc] <> v_date THEN
                                    m := m + 1;
                                    b_place[m] := c;
                                    b_date[m] := v_date;
                                    b_balance[m] := 0;
                                    b_next[m] := bc;
                                    bc := m;
                                    IF v_previous = 0 THEN
                                        a_head[c] := bc;
                                    ELSE
                                        b_next[v_previous] := bc;
                                    END IF;
                                END IF;
                                b_balance[bc] := b_balance[bc] + v_take;
                                b_dirty[bc] := true;
                            END IF;
                            IF b > 0 THEN
                                b_balance[b] := b_balance[b] - v_take;
                                b_dirty[b] := true;
                            END IF;
                            a_debits[d] := a_debits[d] + v_take;
                            a_version[d] := a_version[d] + 1;
                            a_credits[c] := a_credits[c] + v_take;
                            a_version[c] := a_version[c] + 1;
                            o := o + 1;
                            o_transfers[o] := (p_tenant_id, a_id[d], a_id[c], v_date,
                                p_entry_ids[i], v_take, a_version[d], a_version[c],
                                v_debit_balance, v_credit_balance, o - o_start)::books.transfer;
                            o_debit[o] := d;
                            o_credit[o] := c;
                            o_amount[o] := v_take;
                            o_debit_bucket[o] := b;
                            o_credit_bucket[o] := bc;
                            v_left := v_left - v_take;
                        END LOOP;
                    END LOOP;
                END IF;
                v_line := v_to;
                IF v_code IS NOT NULL THEN
                    details[i] := books.refusal_detail(p_tenant_id, v_code, k - v_from + 1,
                        a_id[v_blamed], p_amounts[k], v_available, v_units[a_book[v_blamed]],
                        v_books[a_book[p_debits[k]]], v_day, p_occurred_at[i]);
                END IF;
            END IF;

            codes[i] := v_code;
            IF v_code IS NULL THEN
                posted_at[i] := v_now;
                booked_on[i] := v_day;
                v_accepted := v_accepted || p_entry_ids[i];
            END IF;
            WHILE v_code IS NOT NULL AND o > o_start LOOP
                -- take back what this entry moved before it was refused
                d := o_debit[o];
                c := o_credit[o];
                a_debits[d] := a_debits[d] - o_amount[o];
                a_version[d] := a_version[d] - 1;
                a_credits[c] := a_credits[c] - o_amount[o];
                a_version[c] := a_version[c] - 1;
                b := o_debit_bucket[o];
                IF b > 0 THEN
                    b_balance[b] := b_balance[b] + o_amount[o];
                END IF;
                b := o_credit_bucket[o];
                IF b > 0 THEN
                    b_balance[b] := b_balance[b] - o_amount[o];
                END IF;
                o := o - 1;
            END LOOP;
        END LOOP;

        PERFORM books.write_batch(
            p_tenant_id, v_now, p_entry_ids, p_callers, p_keys, p_events, p_occurred_at,
            booked_on, p_subjects, p_policy_versions, coalesce(p_kinds, '{}'), v_fresh, codes,
            details, v_accepted, p_memos, p_salts, p_commitments, o_transfers[1:o], a_id,
            a_debits, a_credits, a_version);
        IF m > 0 THEN
            PERFORM books.store_buckets(
                p_tenant_id, a_id, b_place, b_date, b_balance, b_dirty, b_tuple);
        END IF;
        IF o > 0 AND EXISTS (SELECT 1 FROM unnest(a_book) u WHERE v_numbered[u]) THEN
            PERFORM books.number_vouchers(p_tenant_id, o_transfers[1:o]);
        END IF;
    END IF;

    IF false = ANY (v_fresh) THEN
        -- a replay is answered only when the first result is durable: this write makes it wait
        PERFORM pg_logical_emit_message(true, 'gongzhang', 'replay');
        FOR r IN SELECT f.* FROM books.find_replays(
            p_tenant_id, p_callers, p_keys, p_fingerprints, v_fresh) f
        LOOP
            codes[r.item] := r.code;
            details[r.item] := r.detail;
            replayed[r.item] := r.replayed;
            entry_ids[r.item] := r.entry_id;
            posted_at[r.item] := r.posted_at;
            booked_on[r.item] := r.booked_on;
        END LOOP;
    END IF;
END
$$;
