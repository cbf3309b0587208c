-- purpose: release authorised purchases: voided by somebody, or expired
-- parameters: tenant; per command as books.resolve_holds, and: merchant that voids (null: not
--         limited to one), purchase, action (void or expire). A batch names each purchase once
-- result: as books.post_batch
-- locks: claims, then as books.resolve_holds; webhook events of those that were voided
-- errors: GZ002 a batch names a purchase twice
-- why: the units go back under the dates they had
CREATE OR REPLACE FUNCTION programmes.void_batch(
    p_tenant_id int,
    p_entry_ids uuid[], p_callers int[], p_keys uuid[], p_fingerprints bytea[],
    p_events text[], p_occurred_at timestamptz[], p_booked_on date[],
    p_merchants uuid[], p_redemptions uuid[], p_actions text[],
    OUT codes text[], OUT replayed boolean[], OUT entry_ids uuid[],
    OUT posted_at timestamptz[], OUT booked_on date[], OUT details jsonb[]
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n CONSTANT int := cardinality(p_entry_ids);
    v_fresh boolean[];
    v_refusals text[];
    v_details jsonb[];
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    v_fresh := books.claim_batch(p_tenant_id, p_callers, p_keys, p_fingerprints, p_entry_ids);
    PERFORM programmes.check_named_once(p_redemptions, v_fresh);
    SELECT array_agg(CASE WHEN x.redemption_id IS NULL THEN 'not_found' END ORDER BY u.item),
        array_agg(CASE WHEN x.redemption_id IS NULL
            THEN jsonb_build_object('kind', 'redemption', 'id', u.redemption_id) END
            ORDER BY u.item)
    INTO v_refusals, v_details
    FROM unnest(p_redemptions, p_merchants) WITH ORDINALITY
        AS u (redemption_id, merchant_id, item)
    LEFT JOIN LATERAL (
        SELECT x.redemption_id, x.merchant_id FROM programmes.redemption x
        WHERE x.tenant_id = p_tenant_id AND x.redemption_id = u.redemption_id
        LIMIT 1) x ON x.merchant_id = coalesce(u.merchant_id, x.merchant_id);
    SELECT o.* INTO codes, replayed, entry_ids, posted_at, booked_on, details
    FROM books.resolve_holds(
        p_tenant_id, p_entry_ids, p_callers, p_keys, p_fingerprints, p_events, p_occurred_at,
        p_booked_on, p_redemptions, p_redemptions, p_actions,
        array_fill(NULL::bigint, ARRAY[n]), array_fill(NULL::int, ARRAY[n]),
        array_fill(NULL::text, ARRAY[n]), v_fresh, v_refusals, v_details) o;
    -- voided by somebody who speaks for no merchant: staff act for the member, and she can read it
    IF array_position(p_merchants, NULL) IS NOT NULL THEN
        INSERT INTO foundation.audit_log (at, caller_id, behalf_person_id, scope_tenant_id,
            action, object_kind, object_id, reason)
        SELECT clock_timestamp(), u.caller_id, m.person_id, p_tenant_id, 'redemption.void',
            'redemption', u.redemption_id::text,
            nullif(current_setting('gongzhang.ground', true), '')
        FROM unnest(p_redemptions, p_callers, p_merchants, p_actions, v_fresh, codes)
            AS u (redemption_id, caller_id, merchant_id, action, fresh, code)
        JOIN programmes.redemption x
            ON x.tenant_id = p_tenant_id AND x.redemption_id = u.redemption_id
        JOIN foundation.member m ON m.tenant_id = p_tenant_id AND m.member_id = x.member_id
        JOIN foundation.person p ON p.person_id = m.person_id
        WHERE u.fresh AND u.code IS NULL AND u.merchant_id IS NULL AND u.action = 'void'
            AND p.caller_id <> u.caller_id;
    END IF;
    PERFORM foundation.announce(p_tenant_id, 'redemption.voided', array_agg(u.redemption_id), NULL)
    FROM unnest(p_redemptions, p_actions, v_fresh, codes)
        AS u (redemption_id, action, fresh, code)
    WHERE u.fresh AND u.code IS NULL AND u.action = 'void'
    HAVING count(*) > 0;
END
$$;
