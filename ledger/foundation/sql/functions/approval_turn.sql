-- purpose: name what two waiting requests may not both ask for
-- parameters: kind; what is asked (canonical JSON of its kind)
-- result: the entry, the unit, the month, the person's role in its place, or the grant; null when
--         requests of the kind may wait side by side
-- locks: none
-- errors: none
-- why: of two requests for the same thing the second could never be approved, and nobody shall
--         decide about one while reading the other
CREATE OR REPLACE FUNCTION foundation.approval_turn(p_kind text, p_asked text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE p_kind
        WHEN 'reversal' THEN p_asked::json ->> 'entry_id'
        WHEN 'org_unit_change' THEN p_asked::json ->> 'org_unit_id'
        WHEN 'period_reopening' THEN
            concat_ws(' ', p_asked::json ->> 'book', p_asked::json ->> 'month')
        WHEN 'role_change' THEN
            coalesce(
                p_asked::json ->> 'grant_id',
                (p_asked::jsonb - ARRAY['valid_from', 'valid_to'])::text)
    END
$$;
