-- purpose: give captured points back, before they are settled
-- parameters: tenant; per command as books.refund_holds, and: merchant, terminal (empty: not told),
--         purchase, 1/100 points (null: all that is left), days in which a refund is possible
--         (null: no limit), days that points live on which have expired meanwhile (null: they
--         stay expired). A batch names each purchase once
-- result: as books.post_batch
-- locks: claims, then holds in id order, then as books.refund_holds
-- errors: GZ002 a batch names a purchase twice
-- why: value taken back is value before less value after, so parts add up to the whole to the fen
CREATE OR REPLACE FUNCTION programmes.refund_batch(
    p_tenant_id int,
    p_entry_ids uuid[], p_callers int[], p_keys uuid[], p_fingerprints bytea[],
    p_events text[], p_occurred_at timestamptz[], p_booked_on date[],
    p_merchants uuid[], p_terminals text[], p_redemptions uuid[], p_amounts bigint[],
    p_window_days int[], p_grace_days int[],
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
    v_amounts bigint[] := p_amounts;
    v_before bigint[] := array_fill(NULL::bigint, ARRAY[n]);
    v_expires date[] := array_fill(NULL::date, ARRAY[n]);
    r record;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    v_fresh := books.claim_batch(p_tenant_id, p_callers, p_keys, p_fingerprints, p_entry_ids);
    PERFORM programmes.check_named_once(p_redemptions, v_fresh);
    PERFORM 1 FROM books.hold h
    WHERE h.tenant_id = p_tenant_id AND h.hold_id = ANY (p_redemptions)
    ORDER BY h.hold_id FOR UPDATE;
    FOR r IN
        -- LIMIT 1 keeps each look-up a probe of its index, whatever the statistics
        SELECT u.*, x.redemption_id AS found_id, c.refundable, c.business_day + u.window_days
                AS last_day, (u.occurred_at AT TIME ZONE 'Asia/Shanghai')::date AS business_day,
            h.captured - h.refunded AS points_left
        FROM unnest(p_redemptions, p_merchants, p_occurred_at, p_window_days, p_grace_days,
                v_fresh) WITH ORDINALITY
            AS u (redemption_id, merchant_id, occurred_at, window_days, grace_days, fresh, item)
        LEFT JOIN LATERAL (
            SELECT x.redemption_id, x.merchant_id FROM programmes.redemption x
            WHERE x.tenant_id = p_tenant_id AND x.redemption_id = u.redemption_id
            LIMIT 1) x ON x.merchant_id = u.merchant_id
        LEFT JOIN LATERAL (
            SELECT c.refundable, c.business_day FROM programmes.redemption_capture c
            WHERE c.tenant_id = p_tenant_id AND c.redemption_id = x.redemption_id
            LIMIT 1) c ON true
        LEFT JOIN LATERAL (
            SELECT h.captured, h.refunded FROM books.hold h
            WHERE h.tenant_id = p_tenant_id AND h.hold_id = x.redemption_id
            LIMIT 1) h ON true
        WHERE u.fresh
        ORDER BY u.item
    LOOP
        v_refusals[r.item] := CASE
            WHEN r.found_id IS NULL THEN 'not_found'
            WHEN NOT r.refundable THEN 'refund_not_agreed'
            WHEN r.business_day > r.last_day THEN 'refund_window_over'
        END;
        v_details[r.item] := CASE v_refusals[r.item]
            WHEN 'not_found' THEN jsonb_build_object(
                'kind', 'redemption', 'id', r.redemption_id)
            WHEN 'refund_window_over' THEN jsonb_build_object('last_day', r.last_day)
        END;
        -- nothing left: one unit more than that is refused by the engine, which says so
        v_amounts[r.item] := coalesce(v_amounts[r.item], greatest(r.points_left, 1));
        v_before[r.item] := r.points_left;
        v_expires[r.item] := r.business_day + r.grace_days;
    END LOOP;
    SELECT o.* INTO codes, replayed, entry_ids, posted_at, booked_on, details
    FROM books.refund_holds(
        p_tenant_id, p_entry_ids, p_callers, p_keys, p_fingerprints, p_events, p_occurred_at,
        p_booked_on, p_redemptions, p_redemptions, v_amounts, v_expires, v_fresh, v_refusals,
        v_details) o;
    INSERT INTO programmes.redemption_refund (tenant_id, entry_id, redemption_id, merchant_id,
        terminal, caller_id, points, value_fen, payable_fen, refunded_at, business_day)
    SELECT p_tenant_id, u.entry_id, u.redemption_id, u.merchant_id, u.terminal, u.caller_id,
        u.points, b.fen - a.fen, programmes.less_discount(b.fen, c.discount_share_bp)
            - programmes.less_discount(a.fen, c.discount_share_bp),
        u.occurred_at, (u.occurred_at AT TIME ZONE 'Asia/Shanghai')::date
    FROM unnest(p_entry_ids, p_redemptions, p_merchants, p_terminals, p_callers, v_amounts,
            v_before, p_occurred_at, v_fresh, codes)
        AS u (entry_id, redemption_id, merchant_id, terminal, caller_id, points, before,
            occurred_at, fresh, code)
    CROSS JOIN LATERAL (
        SELECT c.fen_per_100_points, c.discount_share_bp FROM programmes.redemption_capture c
        WHERE c.tenant_id = p_tenant_id AND c.redemption_id = u.redemption_id LIMIT 1) c
    CROSS JOIN LATERAL (
        SELECT programmes.price_points(u.before, c.fen_per_100_points) AS fen) b
    CROSS JOIN LATERAL (
        SELECT programmes.price_points(u.before - u.points, c.fen_per_100_points) AS fen) a
    WHERE u.fresh AND u.code IS NULL;
    INSERT INTO foundation.notice (notice_id, person_id, kind, scope_tenant_id, subject_id, about,
        amount, unit_code, created_at)
    SELECT gen_random_uuid(), m.person_id, 'redemption_refunded', p_tenant_id, u.entry_id, '',
        u.points, 'point', u.occurred_at
    FROM unnest(p_entry_ids, p_redemptions, v_amounts, p_occurred_at, v_fresh, codes)
        AS u (entry_id, redemption_id, points, occurred_at, fresh, code)
    CROSS JOIN LATERAL (
        SELECT x.member_id FROM programmes.redemption x
        WHERE x.tenant_id = p_tenant_id AND x.redemption_id = u.redemption_id LIMIT 1) x
    CROSS JOIN LATERAL (
        SELECT m.person_id FROM foundation.member m
        WHERE m.tenant_id = p_tenant_id AND m.member_id = x.member_id LIMIT 1) m
    WHERE u.fresh AND u.code IS NULL;
END
$$;
