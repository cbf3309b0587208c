-- purpose: reverse entries (红冲): the exact mirror, once, with an accounting date of its own, which
--         is not before the original's: no past day shows it undone before it was done
-- parameters: as post_batch; per command: the entry to reverse. A batch names an entry once
-- result: as post_batch
-- locks: claims, then the original entries in id order, then as post_batch
-- errors: as post_batch; GZ002 an entry is named twice
-- why: a hold, its capture or refund is undone by void and refund, which keep the hold's row true
CREATE OR REPLACE FUNCTION books.reverse_batch(
    p_tenant_id int,
    p_entry_ids uuid[],
    p_callers int[],
    p_keys uuid[],
    p_fingerprints bytea[],
    p_occurred_at timestamptz[],
    p_booked_on date[],
    p_originals uuid[],
    p_memos text[] DEFAULT NULL,
    p_salts bytea[] DEFAULT NULL,
    p_commitments bytea[] DEFAULT NULL,
    p_fresh boolean[] DEFAULT NULL,
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
    v_refusals text[] := array_fill(NULL::text, ARRAY[n]);
    v_details jsonb[] := array_fill(NULL::jsonb, ARRAY[n]);
    v_events text[] := array_fill('REVERSAL'::text, ARRAY[n]);
    v_subjects uuid[] := array_fill(NULL::uuid, ARRAY[n]);
    v_counts int[] := array_fill(0, ARRAY[n]);
    v_debits int[] := '{}';
    v_credits int[] := '{}';
    v_amounts bigint[] := '{}';
    v_expires date[] := '{}';
    v_accounts int[];
    v_mirror uuid;
    v_days date[] := p_booked_on;
    i int;
    e record;
    t record;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    IF v_fresh IS NULL THEN
        v_fresh := books.claim_batch(
            p_tenant_id, p_callers, p_keys, p_fingerprints, p_entry_ids);
    END IF;
    PERFORM books.check_named_once(p_originals, v_fresh, v_refusals);
    PERFORM 1 FROM books.entry x
    WHERE x.tenant_id = p_tenant_id AND x.entry_id = ANY (p_originals)
    ORDER BY x.entry_id FOR UPDATE;
    FOR i IN 1..n LOOP
        CONTINUE WHEN NOT v_fresh[i];
        SELECT x.* INTO e FROM books.entry x
        WHERE x.tenant_id = p_tenant_id AND x.entry_id = p_originals[i];
        SELECT x.entry_id INTO v_mirror FROM books.reversal x
        WHERE x.tenant_id = p_tenant_id AND x.reversed_entry_id = p_originals[i];
        v_refusals[i] := CASE
            WHEN e.entry_id IS NULL THEN 'entry_not_found'
            WHEN e.kind <> 0 THEN 'entry_not_reversible'
            WHEN v_mirror IS NOT NULL THEN 'entry_already_reversed'
            WHEN p_booked_on[i] < e.booked_on THEN 'reversal_before_entry'
        END;
        IF v_refusals[i] IS NOT NULL THEN
            v_details[i] := CASE v_refusals[i]
                WHEN 'reversal_before_entry' THEN jsonb_build_object(
                    'entry', p_originals[i], 'booked_on', e.booked_on)
                ELSE jsonb_build_object('entry', p_originals[i], 'reversal', v_mirror) END;
            CONTINUE;
        END IF;
        v_days[i] := coalesce(p_booked_on[i], greatest(
            e.booked_on, (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date));
        v_events[i] := e.event_code;
        v_subjects[i] := e.subject_id;
        FOR t IN
            SELECT x.* FROM books.transfer x
            WHERE x.tenant_id = p_tenant_id AND x.entry_id = p_originals[i]
            ORDER BY x.line_no DESC
        LOOP
            v_debits := v_debits || t.credit_account_id;
            v_credits := v_credits || t.debit_account_id;
            v_amounts := v_amounts || t.amount;
            v_expires := v_expires || t.expires_on;
            v_counts[i] := v_counts[i] + 1;
        END LOOP;
    END LOOP;
    v_accounts := ARRAY(SELECT DISTINCT u FROM unnest(v_debits || v_credits) u ORDER BY u);
    SELECT r.* INTO codes, replayed, entry_ids, posted_at, booked_on, details
    FROM books.post_batch(
        p_tenant_id, p_entry_ids, p_callers, p_keys, p_fingerprints, v_events, p_occurred_at,
        v_days, v_subjects, array_fill(NULL::int, ARRAY[n]), v_accounts, v_counts,
        ARRAY(SELECT array_position(v_accounts, u.a)
            FROM unnest(v_debits) WITH ORDINALITY AS u (a, item) ORDER BY u.item),
        ARRAY(SELECT array_position(v_accounts, u.a)
            FROM unnest(v_credits) WITH ORDINALITY AS u (a, item) ORDER BY u.item),
        v_amounts, v_expires, array_fill(1::smallint, ARRAY[n]), p_memos, p_salts,
        p_commitments, v_fresh, v_refusals, v_details) r;
    INSERT INTO books.reversal (tenant_id, reversed_entry_id, entry_id)
    SELECT p_tenant_id, u.original, u.entry_id
    FROM unnest(p_originals, p_entry_ids, v_fresh, codes) AS u (original, entry_id, fresh, code)
    WHERE u.fresh AND u.code IS NULL;
END
$$;
