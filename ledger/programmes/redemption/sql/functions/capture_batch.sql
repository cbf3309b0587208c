-- purpose: capture authorised purchases, whole or in part, at the price of the moment
-- parameters: tenant; per command as books.resolve_holds, and: merchant, terminal (empty: not
--         told), purchase, 1/100 points (null: all that is held), event of a capture in part.
--         A batch names each purchase once
-- result: as books.post_batch
-- locks: claims, then as books.resolve_holds
-- errors: GZ002 a batch names a purchase twice
-- why: the price is fixed here, so a later change of rate reprices nothing. Goods are handed over
--         once the capture is acknowledged, so refusing one of a member who was suspended meanwhile
--         costs the merchant nothing: the hold is voided or its time ends, and the points are back
CREATE OR REPLACE FUNCTION programmes.capture_batch(
    p_tenant_id int,
    p_entry_ids uuid[], p_callers int[], p_keys uuid[], p_fingerprints bytea[],
    p_events text[], p_occurred_at timestamptz[], p_booked_on date[],
    p_merchants uuid[], p_terminals text[], p_redemptions uuid[], p_amounts bigint[],
    p_part_events text[],
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
    n CONSTANT int := cardinality(p_entry_ids);
    v_fresh boolean[];
    v_refusals text[] := array_fill(NULL::text, ARRAY[n]);
    v_details jsonb[] := array_fill(NULL::jsonb, ARRAY[n]);
    v_into int[] := array_fill(NULL::int, ARRAY[n]);
    v_rates int[] := array_fill(NULL::int, ARRAY[n]);
    v_shares int[] := array_fill(NULL::int, ARRAY[n]);
    v_refundable boolean[] := array_fill(NULL::boolean, ARRAY[n]);
    r record;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    v_fresh := books.claim_batch(p_tenant_id, p_callers, p_keys, p_fingerprints, p_entry_ids);
    PERFORM programmes.check_named_once(p_redemptions, v_fresh);
    FOR r IN
        -- LIMIT 1 keeps each look-up a probe of its index, whatever the statistics
        SELECT u.*, x.redemption_id AS found_id, mt.status AS merchant_status,
            m.status AS member_status, y.status AS terminal_status,
            k.status AS contract_status, k.fen_per_100_points, k.discount_share_bp,
            k.refunds_allowed, a.account_id
        FROM unnest(p_redemptions, p_merchants, p_terminals, p_occurred_at, v_fresh)
            WITH ORDINALITY
            AS u (redemption_id, merchant_id, terminal, occurred_at, fresh, item)
        LEFT JOIN LATERAL (
            SELECT x.redemption_id, x.merchant_id, x.member_id FROM programmes.redemption x
            WHERE x.tenant_id = p_tenant_id AND x.redemption_id = u.redemption_id
            LIMIT 1) x ON x.merchant_id = u.merchant_id
        LEFT JOIN LATERAL (
            SELECT m.status FROM foundation.member m
            WHERE m.tenant_id = p_tenant_id AND m.member_id = x.member_id
            LIMIT 1) m ON true
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
            SELECT k.* FROM programmes.merchant_contract k
            WHERE k.tenant_id = p_tenant_id AND k.merchant_id = u.merchant_id
                AND k.valid_from <= (u.occurred_at AT TIME ZONE 'Asia/Shanghai')::date
            ORDER BY k.valid_from DESC LIMIT 1) k ON true
        LEFT JOIN LATERAL (
            SELECT a.account_id FROM books.account a
            WHERE a.tenant_id = p_tenant_id AND a.book_code = 'SP' AND a.account_code = '2301'
                AND a.holder_id = u.merchant_id
            LIMIT 1) a ON true
        WHERE u.fresh
        ORDER BY u.item
    LOOP
        v_refusals[r.item] := CASE
            WHEN r.found_id IS NULL THEN 'not_found'
            WHEN r.merchant_status <> 'active' THEN 'merchant_not_active'
            WHEN r.terminal_status <> 'active' THEN 'terminal_not_active'
            WHEN r.member_status <> 'active' THEN 'member_not_active'
            WHEN r.contract_status IS DISTINCT FROM 'active' THEN 'merchant_without_contract'
            WHEN r.account_id IS NULL THEN 'account_not_found'
        END;
        v_details[r.item] := CASE v_refusals[r.item]
            WHEN 'not_found' THEN jsonb_build_object(
                'kind', 'redemption', 'id', r.redemption_id)
            WHEN 'account_not_found' THEN jsonb_build_object(
                'account', 'SP-2301:' || r.merchant_id, 'line', 1)
        END;
        v_into[r.item] := r.account_id;
        v_rates[r.item] := r.fen_per_100_points;
        v_shares[r.item] := r.discount_share_bp;
        v_refundable[r.item] := r.refunds_allowed;
    END LOOP;
    SELECT o.* INTO codes, replayed, entry_ids, posted_at, booked_on, details
    FROM books.resolve_holds(
        p_tenant_id, p_entry_ids, p_callers, p_keys, p_fingerprints, p_events, p_occurred_at,
        p_booked_on, p_redemptions, p_redemptions, array_fill('capture'::text, ARRAY[n]),
        p_amounts, v_into, p_part_events, v_fresh, v_refusals, v_details) o;
    INSERT INTO programmes.redemption_capture (tenant_id, redemption_id, entry_id, merchant_id,
        terminal, caller_id, points, fen_per_100_points, discount_share_bp, value_fen,
        payable_fen, refundable, captured_at, business_day)
    SELECT p_tenant_id, u.redemption_id, u.entry_id, u.merchant_id, u.terminal, u.caller_id,
        h.captured, u.rate, u.share, v.fen, programmes.less_discount(v.fen, u.share),
        u.refundable, u.occurred_at, (u.occurred_at AT TIME ZONE 'Asia/Shanghai')::date
    FROM unnest(p_redemptions, p_entry_ids, p_merchants, p_terminals, p_callers, p_occurred_at,
            v_rates, v_shares, v_refundable, v_fresh, codes)
        AS u (redemption_id, entry_id, merchant_id, terminal, caller_id, occurred_at, rate,
            share, refundable, fresh, code)
    CROSS JOIN LATERAL (
        SELECT h.captured FROM books.hold h
        WHERE h.tenant_id = p_tenant_id AND h.hold_id = u.redemption_id LIMIT 1) h
    CROSS JOIN LATERAL (SELECT programmes.price_points(h.captured, u.rate) AS fen) v
    WHERE u.fresh AND u.code IS NULL;
END
$$;
