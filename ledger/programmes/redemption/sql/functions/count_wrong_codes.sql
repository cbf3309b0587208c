-- purpose: count unknown codes against their terminals and merchants
-- access: internal
-- parameters: tenant; per unknown code: merchant, terminal (empty: not told); the moment, and how
--         long a count lasts
-- result: none
-- locks: the counters, in id order
-- errors: none
-- why: a wrong code is counted in the transaction that refuses it
CREATE OR REPLACE FUNCTION programmes.count_wrong_codes(
    p_tenant_id int,
    p_merchants uuid[],
    p_terminals text[],
    p_now timestamptz,
    p_window interval
) RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO programmes.redemption_code_throttle AS t
        (tenant_id, merchant_id, terminal, failures, window_started_at)
    SELECT p_tenant_id, x.merchant_id, x.terminal, count(*), p_now
    FROM (
        SELECT u.merchant_id, u.terminal FROM unnest(p_merchants, p_terminals)
            AS u (merchant_id, terminal) WHERE u.terminal <> ''
        UNION ALL
        SELECT u, '' FROM unnest(p_merchants) u
    ) x
    GROUP BY x.merchant_id, x.terminal
    ORDER BY x.merchant_id, x.terminal
    ON CONFLICT (tenant_id, merchant_id, terminal) DO UPDATE
    SET failures = CASE WHEN t.window_started_at > p_now - p_window
            THEN t.failures + excluded.failures ELSE excluded.failures END,
        window_started_at = CASE WHEN t.window_started_at > p_now - p_window
            THEN t.window_started_at ELSE p_now END
$$;
