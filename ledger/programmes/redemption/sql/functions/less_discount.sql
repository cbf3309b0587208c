-- purpose: what is left for the merchant of a value after the share that it bears itself
-- access: internal
-- parameters: value in fen, share in 1/10000
-- result: fen; the share is rounded half up
-- locks: none
-- errors: none
-- why: one place for the rounding of captures and refunds
CREATE OR REPLACE FUNCTION programmes.less_discount(p_value_fen bigint, p_share_bp int)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p_value_fen - div(p_value_fen::numeric * p_share_bp + 5000, 10000)::bigint
$$;
