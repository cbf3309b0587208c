-- purpose: resolve holds, each exactly once: capture (whole or part), void or expiry
-- parameters: as post_batch; per command: the hold, the action (capture, void, expire), units to
--         capture (null: all of them), the account that receives them, the event of a capture in
--         part (null: the same as whole). A batch names a hold once
-- result: as post_batch
-- locks: claims, then holds in id order, then as post_batch
-- errors: as post_batch; GZ002 a hold is named twice
-- why: the split by expiry date is that of the placing entry, so released units keep their dates
CREATE OR REPLACE FUNCTION books.resolve_holds(
    p_tenant_id int,
    p_entry_ids uuid[],
    p_callers int[],
    p_keys uuid[],
    p_fingerprints bytea[],
    p_events text[],
    p_occurred_at timestamptz[],
    p_booked_on date[],
    p_subjects uuid[],
    p_holds uuid[],
    p_actions text[],
    p_amounts bigint[],
    p_capture_accounts int[],
    p_part_events text[],
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
AS $$
DECLARE
    n CONSTANT int := cardinality(p_entry_ids);
    v_fresh boolean[] := p_fresh;
    v_refusals text[] := coalesce(p_refusals, array_fill(NULL::text, ARRAY[n]));
    v_details jsonb[] := coalesce(p_details, array_fill(NULL::jsonb, ARRAY[n]));
    v_events text[] := p_events;
    v_captured bigint[] := array_fill(0::bigint, ARRAY[n]);
    v_counts int[] := array_fill(0, ARRAY[n]);
    v_debits int[] := '{}';
    v_credits int[] := '{}';
    v_amounts bigint[] := '{}';
    v_expires date[] := '{}';
    v_accounts int[];
    v_left bigint;
    v_part bigint;
    i int;
    h record;
    t record;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    IF v_fresh IS NULL THEN
        v_fresh := books.claim_batch(
            p_tenant_id, p_callers, p_keys, p_fingerprints, p_entry_ids);
    END IF;
    PERFORM books.check_named_once(p_holds, v_fresh, v_refusals);
    PERFORM 1 FROM books.hold x
    WHERE x.tenant_id = p_tenant_id AND x.hold_id = ANY (p_holds)
    ORDER BY x.hold_id FOR UPDATE;
    FOR i IN 1..n LOOP
        CONTINUE WHEN NOT v_fresh[i] OR v_refusals[i] IS NOT NULL;
        SELECT x.* INTO h FROM books.hold x
        WHERE x.tenant_id = p_tenant_id AND x.hold_id = p_holds[i];
        v_left := coalesce(p_amounts[i], h.amount);
        v_refusals[i] := CASE
            WHEN h.hold_id IS NULL THEN 'hold_not_found'
            WHEN p_actions[i] = 'capture' AND v_left < 1 THEN 'invalid_amount'
            WHEN p_capture_accounts[i] = h.account_id THEN 'same_account'
            WHEN h.status <> 0 THEN 'hold_already_resolved'
            WHEN p_actions[i] = 'expire' AND h.expires_at > clock_timestamp()
                THEN 'hold_not_expired'
            WHEN p_actions[i] = 'capture' AND h.expires_at <= clock_timestamp()
                THEN 'hold_expired'
            WHEN p_actions[i] = 'capture' AND v_left > h.amount THEN 'capture_exceeds_hold'
        END;
        IF v_refusals[i] IS NOT NULL THEN
            v_details[i] := jsonb_build_object('hold', p_holds[i], 'held', h.amount, 'line', 1,
                'amount', v_left, 'needed', v_left, 'status',
                (ARRAY['open', 'captured', 'void', 'expired'])[h.status + 1]);
            CONTINUE;
        END IF;
        IF p_actions[i] <> 'capture' THEN
            v_left := 0;
        ELSIF v_left < h.amount THEN
            v_events[i] := coalesce(p_part_events[i], p_events[i]);
        END IF;
        v_captured[i] := v_left;
        -- first-expiring units are captured first, the rest goes back under its own dates
        FOR t IN
            SELECT x.amount, x.expires_on FROM books.transfer x
            WHERE x.tenant_id = p_tenant_id AND x.entry_id = p_holds[i]
            ORDER BY x.line_no
        LOOP
            v_part := least(v_left, t.amount);
            IF v_part > 0 THEN
                v_debits := v_debits || h.held_account_id;
                v_credits := v_credits || p_capture_accounts[i];
                v_amounts := v_amounts || v_part;
                v_expires := v_expires || t.expires_on;
                v_counts[i] := v_counts[i] + 1;
                v_left := v_left - v_part;
            END IF;
            IF v_part < t.amount THEN
                v_debits := v_debits || h.held_account_id;
                v_credits := v_credits || h.account_id;
                v_amounts := v_amounts || t.amount - v_part;
                v_expires := v_expires || t.expires_on;
                v_counts[i] := v_counts[i] + 1;
            END IF;
        END LOOP;
    END LOOP;
    v_accounts := ARRAY(SELECT DISTINCT u FROM unnest(v_debits || v_credits) u ORDER BY u);
    SELECT r.* INTO codes, replayed, entry_ids, posted_at, booked_on, details
    FROM books.post_batch(
        p_tenant_id, p_entry_ids, p_callers, p_keys, p_fingerprints, v_events, p_occurred_at,
        p_booked_on, p_subjects, array_fill(NULL::int, ARRAY[n]), v_accounts, v_counts,
        ARRAY(SELECT array_position(v_accounts, u.a)
            FROM unnest(v_debits) WITH ORDINALITY AS u (a, item) ORDER BY u.item),
        ARRAY(SELECT array_position(v_accounts, u.a)
            FROM unnest(v_credits) WITH ORDINALITY AS u (a, item) ORDER BY u.item),
        v_amounts, v_expires,
        ARRAY(SELECT (CASE u.action WHEN 'capture' THEN 3 WHEN 'void' THEN 4 ELSE 5 END)::smallint
            FROM unnest(p_actions) WITH ORDINALITY AS u (action, item) ORDER BY u.item),
        NULL, NULL, NULL, v_fresh, v_refusals, v_details) r;
    UPDATE books.hold x
    SET status = CASE u.action WHEN 'capture' THEN 1 WHEN 'void' THEN 2 ELSE 3 END,
        captured = u.captured,
        capture_account_id = CASE u.action WHEN 'capture' THEN u.capture_account_id END,
        resolving_entry_id = u.entry_id
    FROM unnest(p_holds, p_actions, v_captured, p_capture_accounts, p_entry_ids, v_fresh, codes)
        AS u (hold_id, action, captured, capture_account_id, entry_id, fresh, code)
    WHERE x.tenant_id = p_tenant_id AND x.hold_id = u.hold_id AND u.fresh AND u.code IS NULL;
END
$$;
