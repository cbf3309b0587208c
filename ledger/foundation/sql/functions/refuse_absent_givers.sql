-- purpose: refuse entries that name accounts and take available units of a member who is suspended
--         or has left
-- parameters: tenant; accounts; the number of lines of each entry; per line, entry by entry: the
--         position of the debited account in p_accounts (from 1)
-- result: per entry: member_not_active, or null; null for all when none is refused
-- locks: none
-- errors: none
-- why: the books know no members. What comes to her, what programmes take back or let expire, and
--         what two people post goes on
CREATE OR REPLACE FUNCTION foundation.refuse_absent_givers(
    p_tenant_id int, p_accounts int[], p_line_counts int[], p_debits int[]
) RETURNS text[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_absent int[];
    v_refusals text[] := '{}';
    v_line int := 0;
    v_count int;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    -- LIMIT 1 keeps each look-up a probe of its index, whatever the statistics
    SELECT array_agg(u.place) INTO v_absent
    FROM (SELECT DISTINCT d.place FROM unnest(p_debits) AS d (place)) AS u
    CROSS JOIN LATERAL (
        SELECT a.holder_id FROM books.account a
        WHERE a.tenant_id = p_tenant_id AND a.account_id = p_accounts[u.place]
            AND a.account_code = '2101'
        LIMIT 1) a
    CROSS JOIN LATERAL (
        SELECT m.status FROM foundation.member m
        WHERE m.tenant_id = p_tenant_id AND m.member_id = a.holder_id
        LIMIT 1) m
    WHERE m.status <> 'active';
    IF v_absent IS NULL THEN
        RETURN NULL;
    END IF;
    FOREACH v_count IN ARRAY p_line_counts LOOP
        v_refusals := v_refusals || CASE
            WHEN p_debits[v_line + 1:v_line + v_count] && v_absent THEN 'member_not_active' END;
        v_line := v_line + v_count;
    END LOOP;
    RETURN v_refusals;
END
$$;
