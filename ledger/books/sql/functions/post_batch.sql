-- purpose: post entries to the journal; each stands or falls alone
-- parameters: tenant; per entry: id, caller, key, fingerprint, event, occurred_at, booked_on
--         (null: today in Shanghai), subject, policy version; the distinct accounts, ascending;
--         the number of lines of each entry; per line, entry by entry: positions of the debit and
--         the credit account in p_accounts (from 1), amount (smallest units), expiry date (null:
--         first-expiring-first where the debited account tracks expiry, else never);
--         kinds (null: all 0); memo, salt and commitment (null: none);
--         fresh: claims already taken by the calling function (null: claim here);
--         refusals and their details, by the calling function's own checks (null: none)
-- result: per entry: refusal code (null: posted), replayed, entry id, posting moment, accounting
--         date, attributes of the refusal
-- locks: claims (sorted), then accounts (ascending), then voucher counters (sorted)
-- errors: GZ001 an account id that does not exist (the caller resolves ids first)
-- why: docs/decisions/0004-posting.md; precedence of refusals: docs/refusals.md
CREATE OR REPLACE FUNCTION books.post_batch(
    p_tenant_id int,
    p_entry_ids uuid[],
    p_callers int[],
    p_keys uuid[],
    p_fingerprints bytea[],
    p_events text[],
    p_occurred_at timestamptz[],
    p_booked_on date[],
    p_subjects uuid[],
    p_policy_versions int[],
    p_accounts int[],
    p_line_counts int[],
    p_debits int[],
    p_credits int[],
    p_amounts bigint[],
    p_expires date[],
    p_kinds smallint[] DEFAULT NULL,
    p_memos text[] DEFAULT NULL,
    p_salts bytea[] DEFAULT NULL,
    p_commitments bytea[] DEFAULT NULL,
    p_fresh boolean[] DEFAULT NULL,
    p_refusals text[] DEFAULT NULL,
    p_details jsonb[] DEFAULT NULL,
    OUT codes text[],
    OUT replayed boolean[],
    OUT entry_ids uuid[],
    OUT posted_at timestamptz[],
    OUT booked_on date[],
    OUT details jsonb[]
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
    c_max_amount CONSTANT bigint := 9007199254740991;
    n CONSTANT int := cardinality(p_entry_ids);
    v_fresh boolean[] := p_fresh;
    v_now timestamptz;
    v_today date;
    v_day date;
    v_business date;
    v_month date;
    v_books text[];
    v_first_periods date[];
    v_closed text[];
    v_rank int;
    v_worst int;
    v_code text;
    v_detail jsonb;
    v_line int := 0;
    v_from int;
    v_to int;
    v_kind smallint;
    i int;
    k int;
    d int;
    c int;
    b int;
    bd int;
    bc int;
    v_previous int;
    v_left bigint;
    v_take bigint;
    v_date date;
    v_balance bigint;
    v_accepted uuid[] := '{}';
    r record;
    -- accounts, by position
    a_id int[];
    a_debits bigint[];
    a_credits bigint[];
    a_version bigint[];
    a_floor bigint[];
    a_side smallint[];
    a_status smallint[];
    a_tracks boolean[];
    a_book text[];
    a_unit text[];
    a_numbered boolean[];
    a_head int[];
    -- expiry buckets: one chain an account, by date
    b_account int[];
    b_date date[];
    b_balance bigint[];
    b_next int[];
    b_dirty boolean[];
    -- transfers decided so far
    o int := 0;
    o_start int;
    o_entry uuid[] := '{}';
    o_line smallint[] := '{}';
    o_debit int[] := '{}';
    o_credit int[] := '{}';
    o_amount bigint[] := '{}';
    o_expires date[] := '{}';
    o_debit_version bigint[] := '{}';
    o_credit_version bigint[] := '{}';
    o_debit_balance bigint[] := '{}';
    o_credit_balance bigint[] := '{}';
    o_debit_bucket int[] := '{}';
    o_credit_bucket int[] := '{}';
    -- voucher numbers wanted
    w_entry uuid[] := '{}';
    w_book text[] := '{}';
    w_period date[] := '{}';
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
        SELECT array_agg(x.account_id), array_agg(x.debits_posted), array_agg(x.credits_posted),
            array_agg(x.version), array_agg(x.floor), array_agg(x.normal_side),
            array_agg(x.status), array_agg(x.tracks_expiry), array_agg(x.book_code),
            max(x.last_posted_at)
        INTO a_id, a_debits, a_credits, a_version, a_floor, a_side, a_status, a_tracks, a_book,
            v_now
        FROM (
            SELECT a.*
            FROM books.account a
            WHERE a.tenant_id = p_tenant_id AND a.account_id = ANY (p_accounts)
            ORDER BY a.account_id
            FOR NO KEY UPDATE
        ) x;
        IF a_id IS DISTINCT FROM p_accounts AND cardinality(p_accounts) > 0 THEN
            RAISE EXCEPTION 'an account id of the batch does not exist' USING ERRCODE = 'GZ001';
        END IF;
        v_now := greatest(clock_timestamp(), v_now);
        v_today := (v_now AT TIME ZONE 'Asia/Shanghai')::date;

        SELECT array_agg(bk.book_code), array_agg(bk.first_period) INTO v_books, v_first_periods
        FROM books.book bk WHERE bk.tenant_id = p_tenant_id;
        SELECT array_agg(bk.unit_code ORDER BY u.place), array_agg(bk.numbers_vouchers ORDER BY u.place)
        INTO a_unit, a_numbered
        FROM unnest(a_book) WITH ORDINALITY AS u (book_code, place)
        JOIN books.book bk ON bk.tenant_id = p_tenant_id AND bk.book_code = u.book_code;
        SELECT array_agg(pr.book_code || pr.month::text) INTO v_closed
        FROM books.period pr
        WHERE pr.tenant_id = p_tenant_id AND pr.status <> 'open'
            AND pr.month = ANY (
                SELECT date_trunc('month', coalesce(u.day, v_today))::date
                FROM unnest(p_booked_on) AS u (day));

        IF true = ANY (a_tracks) THEN
            a_head := array_fill(0, ARRAY[cardinality(a_id)]);
            SELECT array_agg(u.place), array_agg(u.expires_on), array_agg(u.balance),
                array_agg(CASE WHEN u.following = u.place THEN u.row + 1 ELSE 0 END)
            INTO b_account, b_date, b_balance, b_next
            FROM (
                SELECT p.place::int AS place, e.expires_on, e.balance,
                    lead(p.place) OVER w AS following, (row_number() OVER w)::int AS row
                FROM unnest(a_id, a_tracks) WITH ORDINALITY AS p (account_id, tracks, place)
                JOIN books.expiry_bucket e
                    ON e.tenant_id = p_tenant_id AND e.account_id = p.account_id
                WHERE p.tracks AND e.balance > 0
                WINDOW w AS (ORDER BY p.place, e.expires_on)
                ORDER BY p.place, e.expires_on
            ) u;
            b_account := coalesce(b_account, '{}');
            b_date := coalesce(b_date, '{}');
            b_balance := coalesce(b_balance, '{}');
            b_next := coalesce(b_next, '{}');
            b_dirty := '{}';
            FOR b IN REVERSE cardinality(b_account)..1 LOOP
                a_head[b_account[b]] := b;
            END LOOP;
            IF cardinality(b_account) > 0 THEN
                b_dirty := array_fill(false, ARRAY[cardinality(b_account)]);
            END IF;
        END IF;

        FOR i IN 1..n LOOP
            v_from := v_line + 1;
            v_to := v_line + p_line_counts[i];
            v_line := v_to;
            CONTINUE WHEN NOT v_fresh[i];
            v_day := coalesce(p_booked_on[i], v_today);
            v_month := date_trunc('month', v_day)::date;
            v_kind := coalesce(p_kinds[i], 0);
            v_business := (p_occurred_at[i] AT TIME ZONE 'Asia/Shanghai')::date;
            v_code := codes[i];
            v_detail := details[i];
            o_start := o;

            IF v_code IS NULL THEN
                v_rank := 99;
                FOR k IN v_from..v_to LOOP
                    d := p_debits[k];
                    c := p_credits[k];
                    v_worst := CASE
                        WHEN coalesce(p_amounts[k], 0) NOT BETWEEN 1 AND c_max_amount THEN 1
                        WHEN d = c THEN 2
                        WHEN a_unit[d] <> a_unit[c] THEN 3
                        WHEN a_book[d] <> a_book[c] THEN 4
                        WHEN a_status[d] = 2 OR a_status[c] = 2 THEN 5
                        WHEN (a_status[d] = 1 OR a_status[c] = 1) AND v_kind NOT IN (4, 5) THEN 6
                        WHEN v_day > v_today + 31
                            OR (a_book[d] || v_month::text) = ANY (v_closed)
                            OR v_month < v_first_periods[array_position(v_books, a_book[d])] THEN 7
                        ELSE 99
                    END;
                    IF v_worst < v_rank THEN
                        v_rank := v_worst;
                        b := k;
                    END IF;
                END LOOP;
                IF v_rank < 99 THEN
                    d := p_debits[b];
                    c := p_credits[b];
                    v_code := (ARRAY['invalid_amount', 'same_account', 'unit_mismatch',
                        'book_mismatch', 'account_closed', 'account_frozen',
                        'period_not_open'])[v_rank];
                    v_detail := CASE v_rank
                        WHEN 1 THEN jsonb_build_object('amount', p_amounts[b])
                        WHEN 7 THEN jsonb_build_object('book', a_book[d], 'booked_on', v_day)
                        ELSE jsonb_build_object('account_id', CASE
                            WHEN v_rank = 5 AND a_status[d] = 2 THEN a_id[d]
                            WHEN v_rank = 6 AND a_status[d] = 1 THEN a_id[d]
                            ELSE a_id[c] END)
                    END || jsonb_build_object('line', b - v_from + 1);
                END IF;
            END IF;

            IF v_code IS NULL THEN
                <<lines>>
                FOR k IN v_from..v_to LOOP
                    d := p_debits[k];
                    c := p_credits[k];
                    v_left := p_amounts[k];
                    b := CASE WHEN a_tracks[d] THEN a_head[d] ELSE 0 END;
                    WHILE v_left > 0 LOOP
                        -- the units to move next, and their date
                        IF NOT a_tracks[d] THEN
                            v_take := v_left;
                            v_date := coalesce(p_expires[k], 'infinity');
                            bd := 0;
                        ELSE
                            IF p_expires[k] IS NULL THEN
                                WHILE b > 0 AND (b_balance[b] = 0 OR b_date[b] < v_business)
                                LOOP
                                    b := b_next[b];
                                END LOOP;
                            ELSE
                                WHILE b > 0 AND b_date[b] <> p_expires[k] LOOP
                                    b := b_next[b];
                                END LOOP;
                            END IF;
                            IF b = 0 OR b_balance[b] < 1 THEN
                                v_code := 'insufficient_balance';
                                v_detail := jsonb_build_object('account_id', a_id[d],
                                    'available', p_amounts[k] - v_left, 'needed', p_amounts[k],
                                    'unit', a_unit[d], 'line', k - v_from + 1);
                                EXIT lines;
                            END IF;
                            v_take := least(v_left, b_balance[b]);
                            v_date := b_date[b];
                            bd := b;
                        END IF;

                        -- floors: a debit lowers a credit-normal account, a credit a debit-normal one
                        v_balance := (a_debits[d] + v_take - a_credits[d]) * a_side[d];
                        IF a_side[d] = -1 AND v_balance < a_floor[d] THEN
                            v_code := 'insufficient_balance';
                            v_detail := jsonb_build_object('account_id', a_id[d],
                                'available', v_balance + v_take - a_floor[d],
                                'needed', p_amounts[k], 'unit', a_unit[d],
                                'line', k - v_from + 1);
                            EXIT lines;
                        END IF;
                        o := o + 1;
                        o_debit_balance[o] := v_balance;
                        v_balance := (a_debits[c] - a_credits[c] - v_take) * a_side[c];
                        IF a_side[c] = 1 AND v_balance < a_floor[c] THEN
                            o := o - 1;
                            v_code := 'insufficient_balance';
                            v_detail := jsonb_build_object('account_id', a_id[c],
                                'available', v_balance + v_take - a_floor[c],
                                'needed', p_amounts[k], 'unit', a_unit[c],
                                'line', k - v_from + 1);
                            EXIT lines;
                        END IF;
                        o_credit_balance[o] := v_balance;

                        bc := 0;
                        IF a_tracks[c] THEN
                            v_previous := 0;
                            bc := a_head[c];
                            WHILE bc > 0 AND b_date[bc] < v_date LOOP
                                v_previous := bc;
                                bc := b_next[bc];
                            END LOOP;
                            IF bc = 0 OR b_date[bc] <> v_date THEN
                                b_account := b_account || c;
                                b_date := b_date || v_date;
                                b_balance := b_balance || 0::bigint;
                                b_next := b_next || bc;
                                b_dirty := b_dirty || false;
                                bc := cardinality(b_account);
                                IF v_previous = 0 THEN
                                    a_head[c] := bc;
                                ELSE
                                    b_next[v_previous] := bc;
                                END IF;
                            END IF;
                            b_balance[bc] := b_balance[bc] + v_take;
                            b_dirty[bc] := true;
                        END IF;
                        IF bd > 0 THEN
                            b_balance[bd] := b_balance[bd] - v_take;
                            b_dirty[bd] := true;
                        END IF;

                        a_debits[d] := a_debits[d] + v_take;
                        a_version[d] := a_version[d] + 1;
                        a_credits[c] := a_credits[c] + v_take;
                        a_version[c] := a_version[c] + 1;
                        o_entry[o] := p_entry_ids[i];
                        o_line[o] := o - o_start;
                        o_debit[o] := d;
                        o_credit[o] := c;
                        o_amount[o] := v_take;
                        o_expires[o] := v_date;
                        o_debit_version[o] := a_version[d];
                        o_credit_version[o] := a_version[c];
                        o_debit_bucket[o] := bd;
                        o_credit_bucket[o] := bc;
                        v_left := v_left - v_take;
                    END LOOP;
                END LOOP;
            END IF;

            IF v_code IS NULL THEN
                posted_at[i] := v_now;
                booked_on[i] := v_day;
                v_accepted := v_accepted || p_entry_ids[i];
                IF true = ANY (a_numbered) THEN
                    SELECT w_entry || array_agg(p_entry_ids[i]), w_book || array_agg(x.book_code),
                        w_period || array_agg(v_month)
                    INTO w_entry, w_book, w_period
                    FROM (
                        SELECT DISTINCT a_book[p_debits[l]] AS book_code
                        FROM generate_series(v_from, v_to) AS l
                        WHERE a_numbered[p_debits[l]]
                        ORDER BY 1
                    ) x;
                END IF;
            ELSE
                -- take back what this entry moved before it was refused
                WHILE o > o_start LOOP
                    d := o_debit[o];
                    c := o_credit[o];
                    a_debits[d] := a_debits[d] - o_amount[o];
                    a_version[d] := a_version[d] - 1;
                    a_credits[c] := a_credits[c] - o_amount[o];
                    a_version[c] := a_version[c] - 1;
                    IF o_debit_bucket[o] > 0 THEN
                        b := o_debit_bucket[o];
                        b_balance[b] := b_balance[b] + o_amount[o];
                    END IF;
                    IF o_credit_bucket[o] > 0 THEN
                        b := o_credit_bucket[o];
                        b_balance[b] := b_balance[b] - o_amount[o];
                    END IF;
                    o := o - 1;
                END LOOP;
                codes[i] := v_code;
                -- internal numbers never leave: name the account by its public id
                IF v_detail ? 'account_id' THEN
                    v_detail := v_detail - 'account_id' || jsonb_build_object('account', (
                        SELECT a.public_id FROM books.account a
                        WHERE a.tenant_id = p_tenant_id
                            AND a.account_id = (v_detail ->> 'account_id')::int));
                END IF;
                details[i] := v_detail;
            END IF;
        END LOOP;

        PERFORM books.write_batch(
            p_tenant_id, v_now, p_entry_ids, p_callers, p_keys, p_events, p_occurred_at,
            booked_on, p_subjects, p_policy_versions, coalesce(p_kinds, '{}'), v_fresh, codes,
            details, v_accepted, p_memos, p_salts, p_commitments,
            o_entry[1:o], o_line[1:o], o_debit[1:o], o_credit[1:o], o_amount[1:o],
            o_expires[1:o], o_debit_version[1:o], o_credit_version[1:o], o_debit_balance[1:o],
            o_credit_balance[1:o], a_id, a_debits, a_credits, a_version);
        IF b_account IS NOT NULL AND true = ANY (b_dirty) THEN
            INSERT INTO books.expiry_bucket AS e (tenant_id, account_id, expires_on, balance)
            SELECT p_tenant_id, a_id[u.place], u.expires_on, u.balance
            FROM unnest(b_account, b_date, b_balance, b_dirty) AS u (place, expires_on, balance, dirty)
            WHERE u.dirty
            ON CONFLICT (tenant_id, account_id, expires_on)
            DO UPDATE SET balance = excluded.balance;
        END IF;
        IF cardinality(w_entry) > 0 THEN
            PERFORM books.number_vouchers(p_tenant_id, w_entry, w_book, w_period);
        END IF;
    END IF;

    IF false = ANY (v_fresh) THEN
        -- a replay is answered only when the first result is durable: this write makes it wait
        PERFORM pg_logical_emit_message(true, 'gongzhang', 'replay');
        FOR r IN
            SELECT f.* FROM books.find_replays(
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
