-- purpose: make sure that the commands of a batch name different holds or entries
-- access: internal
-- parameters: per command: what it names, whether it is new, why it is refused already (null: not)
-- result: none
-- locks: none
-- errors: GZ002 two commands name the same; the caller keeps the second for the next batch
-- why: the second would be decided on what the first found, not on what it left
CREATE OR REPLACE FUNCTION books.check_named_once(
    p_named uuid[],
    p_fresh boolean[],
    p_refusals text[]
) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (SELECT count(u.named) > count(DISTINCT u.named)
        FROM unnest(p_named, p_fresh, p_refusals) AS u (named, fresh, refusal)
        WHERE u.fresh AND u.refusal IS NULL)
    THEN
        RAISE EXCEPTION 'a batch names each hold and each entry once' USING ERRCODE = 'GZ002';
    END IF;
END
$$;
