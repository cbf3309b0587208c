-- purpose: what points are worth in fen, rounded half up
-- access: internal
-- parameters: points in 1/100 point, fen for 100.00 points
-- result: fen
-- locks: none
-- errors: none; a rate of at most 1,000,000 keeps every amount within bigint
-- why: one place for the rounding of captures and refunds
CREATE OR REPLACE FUNCTION programmes.price_points(p_points bigint, p_fen_per_100_points int)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT div(p_points::numeric * p_fen_per_100_points + 5000, 10000)::bigint
$$;
