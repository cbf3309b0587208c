-- purpose: give captured units back, up to what was captured and not yet refunded
-- parameters: as post_batch; per command: the hold, the units to give back, and the expiry date
--         of those whose own has passed on the day of the refund (null: they keep the passed one).
--         A batch names a hold once
-- result: as post_batch
-- locks: claims, then holds in id order, then as post_batch
-- errors: as post_batch; GZ002 a hold is named twice
-- why: units come back last-consumed first, under the dates they had
CREATE OR REPLACE FUNCTION books.refund_holds(
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
    p_amounts bigint[],
    p_expires_from date[],
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
    v_counts int[] := array_fill(0, ARRAY[n]);
    v_debits int[] := '{}';
    v_credits int[] := '{}';
    v_amounts bigint[] := '{}';
    v_expires date[] := '{}';
    v_accounts int[];
    v_skip bigint;
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
        v_left := p_amounts[i];
        v_refusals[i] := CASE
            WHEN h.hold_id IS NULL THEN 'hold_not_found'
            WHEN coalesce(v_left, 0) < 1 THEN 'invalid_amount'
            WHEN h.status <> 1 THEN 'hold_not_captured'
            WHEN v_left > h.captured - h.refunded THEN 'refund_exceeds_capture'
        END;
        IF v_refusals[i] IS NOT NULL THEN
            v_details[i] := jsonb_build_object('hold', p_holds[i], 'line', 1, 'amount', v_left,
                'refundable', h.captured - h.refunded, 'needed', v_left, 'status',
                (ARRAY['open', 'captured', 'void', 'expired'])[h.status + 1]);
            CONTINUE;
        END IF;
        v_skip := h.refunded;
        FOR t IN
            SELECT x.amount, x.expires_on FROM books.transfer x
            WHERE x.tenant_id = p_tenant_id AND x.entry_id = h.resolving_entry_id
                AND x.credit_account_id = h.capture_account_id
            ORDER BY x.line_no DESC
        LOOP
            v_part := least(greatest(t.amount - v_skip, 0), v_left);
            v_skip := greatest(v_skip - t.amount, 0);
            CONTINUE WHEN v_part = 0;
            v_debits := v_debits || h.capture_account_id;
            v_credits := v_credits || h.account_id;
            v_amounts := v_amounts || v_part;
            v_expires := v_expires || CASE
                WHEN t.expires_on < (p_occurred_at[i] AT TIME ZONE 'Asia/Shanghai')::date
                THEN greatest(t.expires_on, p_expires_from[i])
                ELSE t.expires_on
            END;
            v_counts[i] := v_counts[i] + 1;
            v_left := v_left - v_part;
        END LOOP;
    END LOOP;
    v_accounts := ARRAY(SELECT DISTINCT u FROM unnest(v_debits || v_credits) u ORDER BY u);
    SELECT r.* INTO codes, replayed, entry_ids, posted_at, booked_on, details
    FROM books.post_batch(
        p_tenant_id, p_entry_ids, p_callers, p_keys, p_fingerprints, p_events, p_occurred_at,
        p_booked_on, p_subjects, array_fill(NULL::int, ARRAY[n]), v_accounts, v_counts,
        ARRAY(SELECT array_position(v_accounts, u.a)
            FROM unnest(v_debits) WITH ORDINALITY AS u (a, item) ORDER BY u.item),
        ARRAY(SELECT array_position(v_accounts, u.a)
            FROM unnest(v_credits) WITH ORDINALITY AS u (a, item) ORDER BY u.item),
        v_amounts, v_expires, array_fill(6::smallint, ARRAY[n]), NULL, NULL, NULL, v_fresh,
        v_refusals, v_details) r;
    UPDATE books.hold x
    SET refunded = x.refunded + u.amount
    FROM unnest(p_holds, p_amounts, v_fresh, codes) AS u (hold_id, amount, fresh, code)
    WHERE x.tenant_id = p_tenant_id AND x.hold_id = u.hold_id AND u.fresh AND u.code IS NULL;
    INSERT INTO books.hold_refund (tenant_id, entry_id, hold_id, amount)
    SELECT p_tenant_id, u.entry_id, u.hold_id, u.amount
    FROM unnest(p_entry_ids, p_holds, p_amounts, v_fresh, codes)
        AS u (entry_id, hold_id, amount, fresh, code)
    WHERE u.fresh AND u.code IS NULL;
END
$$;
