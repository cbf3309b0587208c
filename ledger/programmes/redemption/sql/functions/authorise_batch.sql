-- purpose: authorise purchases: hold a member's points for a merchant
-- parameters: tenant; per command as books.place_holds, and: merchant, terminal (empty: not told),
--         the merchant's transaction number (null: none), keyed hash of the code presented (null:
--         the member is named instead), member, 1/100 points, seconds until the hold expires, caps
--         of 1/100 points a day in all and at this merchant (null: none), version of the caps.
--         A batch names each code and each transaction number once
-- result: as books.post_batch; an accepted command's entry id is the purchase's id
-- locks: claims; transaction numbers; codes, members, live throttles, each in id order; then as
--         books.place_holds
-- errors: GZ002 a batch names a code or a transaction number twice
-- why: the member's row serialises the caps, the code's row its single use. Eight digits are a
--         secret only together with the limit on unknown codes, which is counted here because a
--         refusal commits
CREATE OR REPLACE FUNCTION programmes.authorise_batch(
    p_tenant_id int,
    p_entry_ids uuid[], p_callers int[], p_keys uuid[], p_fingerprints bytea[],
    p_events text[], p_occurred_at timestamptz[], p_booked_on date[],
    p_merchants uuid[], p_terminals text[], p_references text[],
    p_code_hashes bytea[], p_members uuid[], p_amounts bigint[], p_hold_seconds int[],
    p_daily_caps bigint[], p_merchant_caps bigint[], p_policy_versions int[],
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
    c_max_amount CONSTANT bigint := 9007199254740991;
    c_terminal_failures CONSTANT int := 5;
    c_merchant_failures CONSTANT int := 20;
    c_window CONSTANT interval := '10 minutes';
    n CONSTANT int := cardinality(p_entry_ids);
    v_now CONSTANT timestamptz := clock_timestamp();
    v_fresh boolean[];
    v_refusals text[] := array_fill(NULL::text, ARRAY[n]);
    v_details jsonb[] := array_fill(NULL::jsonb, ARRAY[n]);
    v_codes uuid[];
    v_members uuid[];
    v_from int[] := array_fill(NULL::int, ARRAY[n]);
    v_held int[] := array_fill(NULL::int, ARRAY[n]);
    v_wrong int[] := '{}';
    v_spent bigint;
    v_spent_here bigint;
    v_failures bigint;
    v_failures_here bigint;
    r record;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    v_fresh := books.claim_batch(p_tenant_id, p_callers, p_keys, p_fingerprints, p_entry_ids);

    PERFORM pg_advisory_xact_lock(x.number) FROM (
        SELECT DISTINCT hashtextextended(
            concat_ws(' ', 'redemption', u.merchant_id, u.terminal, u.reference),
            p_tenant_id) AS number
        FROM unnest(p_merchants, p_terminals, p_references, v_fresh)
            AS u (merchant_id, terminal, reference, fresh)
        WHERE u.fresh AND u.reference IS NOT NULL
        ORDER BY 1
    ) x;

    -- two live codes with the same digits are no code at all
    SELECT array_agg(coalesce(
        (SELECT c.code_id FROM programmes.redemption_code c
            WHERE c.tenant_id = p_tenant_id AND c.token_hash = u.hash AND u.fresh),
        (SELECT (array_agg(c.code_id ORDER BY c.expires_at DESC))[1]
            FROM programmes.redemption_code c
            WHERE c.tenant_id = p_tenant_id AND c.digits_hash = u.hash AND u.fresh
            HAVING count(*) FILTER (WHERE c.expires_at > v_now) < 2)) ORDER BY u.item)
    INTO v_codes
    FROM unnest(p_code_hashes, v_fresh) WITH ORDINALITY AS u (hash, fresh, item);
    IF (SELECT count(u) > count(DISTINCT u) FROM unnest(v_codes) u) OR EXISTS (
        SELECT 1 FROM unnest(p_merchants, p_terminals, p_references, v_fresh)
            AS u (merchant_id, terminal, reference, fresh)
        WHERE u.fresh AND u.reference IS NOT NULL
        GROUP BY u.merchant_id, u.terminal, u.reference
        HAVING count(*) > 1)
    THEN
        RAISE EXCEPTION 'a batch names a code or a transaction number twice'
            USING ERRCODE = 'GZ002';
    END IF;
    PERFORM 1 FROM programmes.redemption_code c
    WHERE c.tenant_id = p_tenant_id AND c.code_id = ANY (v_codes)
    ORDER BY c.code_id FOR UPDATE;
    SELECT array_agg(CASE WHEN u.fresh THEN coalesce(u.member_id, c.member_id) END ORDER BY u.item)
    INTO v_members
    FROM unnest(p_members, v_codes, v_fresh) WITH ORDINALITY AS u (member_id, code_id, fresh, item)
    LEFT JOIN programmes.redemption_code c
        ON c.tenant_id = p_tenant_id AND c.code_id = u.code_id;
    PERFORM 1 FROM foundation.member m
    WHERE m.tenant_id = p_tenant_id AND m.member_id = ANY (v_members)
    ORDER BY m.member_id FOR NO KEY UPDATE;
    PERFORM 1 FROM programmes.redemption_code_throttle t
    WHERE t.tenant_id = p_tenant_id AND t.merchant_id = ANY (p_merchants)
        AND t.window_started_at > v_now - c_window
    ORDER BY t.merchant_id, t.terminal FOR UPDATE;

    FOR r IN
        -- LIMIT 1 keeps each look-up a probe of its index, whatever the statistics
        SELECT u.*, mt.status AS merchant_status, y.status AS terminal_status,
            k.status AS contract_status,
            x.redemption_id AS earlier_id, t.terminal_failures, t.merchant_failures, t.ends_at,
            c.expires_at, c.amount_limit, c.merchant_id AS only_at,
            s.redemption_id IS NOT NULL AS is_spent, w.code_id IS NOT NULL AS is_replaced,
            m.status AS member_status, a.account_id, h.account_id AS held_account_id,
            coalesce(d.spent, 0) AS spent, coalesce(d.spent_here, 0) AS spent_here,
            count(*) OVER (PARTITION BY u.member_id) > 1 AS is_named_again
        FROM unnest(p_merchants, p_terminals, p_references, p_code_hashes, v_codes, v_members,
                p_amounts, p_daily_caps, p_merchant_caps, p_occurred_at, v_fresh)
            WITH ORDINALITY AS u (merchant_id, terminal, reference, code_hash, code_id,
                member_id, amount, daily_cap, merchant_cap, occurred_at, fresh, item)
        LEFT JOIN LATERAL (
            SELECT mt.status FROM foundation.merchant mt
            WHERE mt.tenant_id = p_tenant_id AND mt.merchant_id = u.merchant_id
            LIMIT 1) mt ON true
        LEFT JOIN LATERAL (
            SELECT y.status FROM foundation.merchant_terminal y
            WHERE y.tenant_id = p_tenant_id AND y.merchant_id = u.merchant_id
                AND y.number = u.terminal
            LIMIT 1) y ON u.terminal <> ''
        LEFT JOIN LATERAL (
            SELECT k.status FROM programmes.merchant_contract k
            WHERE k.tenant_id = p_tenant_id AND k.merchant_id = u.merchant_id
                AND k.valid_from <= (u.occurred_at AT TIME ZONE 'Asia/Shanghai')::date
            ORDER BY k.valid_from DESC LIMIT 1) k ON true
        LEFT JOIN LATERAL (
            SELECT x.redemption_id FROM programmes.redemption x
            WHERE x.tenant_id = p_tenant_id AND x.merchant_id = u.merchant_id
                AND x.terminal = u.terminal AND x.merchant_reference = u.reference
            LIMIT 1) x ON u.reference IS NOT NULL
        LEFT JOIN LATERAL (
            SELECT sum(t.failures) FILTER (WHERE t.terminal = u.terminal AND u.terminal <> '')
                    AS terminal_failures,
                sum(t.failures) FILTER (WHERE t.terminal = '') AS merchant_failures,
                max(t.window_started_at) + c_window AS ends_at
            FROM programmes.redemption_code_throttle t
            WHERE t.tenant_id = p_tenant_id AND t.merchant_id = u.merchant_id
                AND t.terminal IN (u.terminal, '') AND t.window_started_at > v_now - c_window
        ) t ON u.code_hash IS NOT NULL
        LEFT JOIN LATERAL (
            SELECT c.* FROM programmes.redemption_code c
            WHERE c.tenant_id = p_tenant_id AND c.code_id = u.code_id
            LIMIT 1) c ON true
        LEFT JOIN LATERAL (
            SELECT s.redemption_id FROM programmes.redemption s
            WHERE s.tenant_id = p_tenant_id AND s.code_id = u.code_id
            LIMIT 1) s ON true
        LEFT JOIN LATERAL (
            SELECT w.code_id FROM programmes.redemption_code w
            WHERE w.tenant_id = p_tenant_id AND w.member_id = c.member_id
                AND w.issued_at > c.issued_at
            LIMIT 1) w ON true
        LEFT JOIN LATERAL (
            SELECT m.status FROM foundation.member m
            WHERE m.tenant_id = p_tenant_id AND m.member_id = u.member_id
            LIMIT 1) m ON true
        LEFT JOIN LATERAL (
            SELECT a.account_id FROM books.account a
            WHERE a.tenant_id = p_tenant_id AND a.book_code = 'SP' AND a.account_code = '2101'
                AND a.holder_id = u.member_id
            LIMIT 1) a ON true
        LEFT JOIN LATERAL (
            SELECT h.account_id FROM books.account h
            WHERE h.tenant_id = p_tenant_id AND h.book_code = 'SP' AND h.account_code = '2102'
                AND h.holder_id = u.member_id
            LIMIT 1) h ON true
        LEFT JOIN LATERAL (
            SELECT sum(b.used) AS spent,
                sum(b.used) FILTER (WHERE b.merchant_id = u.merchant_id) AS spent_here
            FROM (
                SELECT e.merchant_id, CASE
                    WHEN o.status = 0 AND o.expires_at > v_now THEN o.amount
                    WHEN o.status = 1 THEN o.captured - o.refunded
                    ELSE 0 END AS used
                FROM programmes.redemption e
                JOIN books.hold o ON o.tenant_id = p_tenant_id AND o.hold_id = e.redemption_id
                WHERE e.tenant_id = p_tenant_id AND e.member_id = u.member_id
                    AND e.business_day = (u.occurred_at AT TIME ZONE 'Asia/Shanghai')::date
            ) b
        ) d ON u.daily_cap IS NOT NULL OR u.merchant_cap IS NOT NULL
        WHERE u.fresh
        ORDER BY u.item
    LOOP
        v_spent := r.spent;
        v_spent_here := r.spent_here;
        IF r.is_named_again AND r.member_id IS NOT NULL THEN
            SELECT v_spent + coalesce(sum(e.amount), 0), v_spent_here
                + coalesce(sum(e.amount) FILTER (WHERE e.merchant_id = r.merchant_id), 0)
            INTO v_spent, v_spent_here
            FROM unnest(p_merchants[:r.item - 1], v_members[:r.item - 1], p_amounts[:r.item - 1],
                v_refusals[:r.item - 1]) AS e (merchant_id, member_id, amount, refusal)
            WHERE e.member_id = r.member_id AND e.refusal IS NULL;
        END IF;
        SELECT count(*) + coalesce(r.merchant_failures, 0),
            count(*) FILTER (WHERE p_terminals[e] = r.terminal) + coalesce(r.terminal_failures, 0)
        INTO v_failures, v_failures_here
        FROM unnest(v_wrong) e WHERE p_merchants[e] = r.merchant_id;
        v_refusals[r.item] := CASE
            WHEN coalesce(r.amount, 0) NOT BETWEEN 1 AND c_max_amount THEN 'invalid_amount'
            WHEN r.merchant_status IS NULL THEN 'not_found'
            WHEN r.merchant_status <> 'active' THEN 'merchant_not_active'
            WHEN r.terminal_status <> 'active' THEN 'terminal_not_active'
            WHEN r.contract_status IS DISTINCT FROM 'active' THEN 'merchant_without_contract'
            WHEN r.earlier_id IS NOT NULL THEN 'merchant_reference_used'
            WHEN r.code_hash IS NULL THEN NULL
            WHEN r.terminal <> '' AND v_failures_here >= c_terminal_failures
                THEN 'too_many_wrong_codes'
            WHEN v_failures >= c_merchant_failures THEN 'too_many_wrong_codes'
            WHEN r.code_id IS NULL THEN 'code_not_known'
            WHEN r.is_spent THEN 'code_already_used'
            WHEN r.expires_at <= v_now THEN 'code_expired'
            WHEN r.is_replaced THEN 'code_replaced'
            WHEN r.only_at <> r.merchant_id THEN 'code_not_for_this_merchant'
            WHEN r.amount > r.amount_limit THEN 'code_limit_exceeded'
        END;
        v_refusals[r.item] := coalesce(v_refusals[r.item], CASE
            WHEN r.member_status IS NULL THEN 'not_found'
            WHEN r.member_status <> 'active' THEN 'member_not_active'
            WHEN r.account_id IS NULL OR r.held_account_id IS NULL THEN 'account_not_found'
            WHEN v_spent + r.amount > r.daily_cap THEN 'daily_cap_exceeded'
            WHEN v_spent_here + r.amount > r.merchant_cap THEN 'merchant_cap_exceeded'
        END);
        IF v_refusals[r.item] = 'code_not_known' THEN
            v_wrong := v_wrong || r.item::int;
        END IF;
        v_details[r.item] := CASE v_refusals[r.item]
            WHEN 'invalid_amount' THEN jsonb_build_object('amount', r.amount, 'line', 1)
            WHEN 'not_found' THEN CASE WHEN r.merchant_status IS NULL
                THEN jsonb_build_object('kind', 'merchant', 'id', r.merchant_id)
                ELSE jsonb_build_object('kind', 'member', 'id', r.member_id) END
            WHEN 'merchant_reference_used' THEN jsonb_build_object(
                'reference', r.reference, 'redemption', r.earlier_id)
            WHEN 'too_many_wrong_codes' THEN jsonb_build_object('retry_after_seconds',
                ceil(extract(epoch FROM coalesce(r.ends_at, v_now + c_window) - v_now)))
            WHEN 'code_limit_exceeded' THEN jsonb_build_object(
                'limit', r.amount_limit, 'needed', r.amount)
            WHEN 'account_not_found' THEN jsonb_build_object(
                'account', 'SP-2101:' || r.member_id, 'line', 1)
            WHEN 'daily_cap_exceeded' THEN jsonb_build_object(
                'cap', r.daily_cap, 'spent', v_spent, 'needed', r.amount)
            WHEN 'merchant_cap_exceeded' THEN jsonb_build_object(
                'cap', r.merchant_cap, 'spent', v_spent_here, 'needed', r.amount)
        END;
        v_from[r.item] := r.account_id;
        v_held[r.item] := r.held_account_id;
    END LOOP;

    IF cardinality(v_wrong) > 0 THEN
        PERFORM programmes.count_wrong_codes(
            p_tenant_id, ARRAY(SELECT p_merchants[e] FROM unnest(v_wrong) e),
            ARRAY(SELECT p_terminals[e] FROM unnest(v_wrong) e), v_now, c_window);
    END IF;
    SELECT o.* INTO codes, replayed, entry_ids, posted_at, booked_on, details
    FROM books.place_holds(
        p_tenant_id, p_entry_ids, p_callers, p_keys, p_fingerprints, p_events, p_occurred_at,
        p_booked_on, p_entry_ids, v_from, v_held, p_amounts,
        ARRAY(SELECT v_now + make_interval(secs => u.seconds)
            FROM unnest(p_hold_seconds) WITH ORDINALITY AS u (seconds, item) ORDER BY u.item),
        v_fresh, v_refusals, v_details) o;
    INSERT INTO programmes.redemption (tenant_id, redemption_id, member_id, merchant_id, code_id,
        terminal, merchant_reference, caller_id, amount, occurred_at, business_day,
        policy_version)
    SELECT p_tenant_id, u.redemption_id, u.member_id, u.merchant_id, u.code_id, u.terminal,
        u.reference, u.caller_id, u.amount, u.occurred_at,
        (u.occurred_at AT TIME ZONE 'Asia/Shanghai')::date, u.policy_version
    FROM unnest(p_entry_ids, v_members, p_merchants, v_codes, p_terminals, p_references,
            p_callers, p_amounts, p_occurred_at, p_policy_versions, v_fresh, codes)
        AS u (redemption_id, member_id, merchant_id, code_id, terminal, reference, caller_id,
            amount, occurred_at, policy_version, fresh, code)
    WHERE u.fresh AND u.code IS NULL;
    -- a member who is named has not agreed with a code: staff act for her, and she can read it
    IF array_position(p_code_hashes, NULL) IS NOT NULL THEN
        INSERT INTO foundation.audit_log (at, caller_id, behalf_person_id, scope_tenant_id,
            action, object_kind, object_id, reason)
        SELECT v_now, u.caller_id, m.person_id, p_tenant_id, 'redemption.authorise', 'redemption',
            u.redemption_id::text, nullif(current_setting('gongzhang.ground', true), '')
        FROM unnest(p_entry_ids, v_members, p_callers, p_code_hashes, v_fresh, codes)
            AS u (redemption_id, member_id, caller_id, code_hash, fresh, code)
        JOIN foundation.member m ON m.tenant_id = p_tenant_id AND m.member_id = u.member_id
        JOIN foundation.person p ON p.person_id = m.person_id
        WHERE u.fresh AND u.code IS NULL AND u.code_hash IS NULL AND p.caller_id <> u.caller_id;
    END IF;
END
$$;
