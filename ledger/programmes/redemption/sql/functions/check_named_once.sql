-- purpose: refuse a batch that names an object twice
-- access: internal
-- parameters: per command: the object it names, and whether the command is new
-- result: none
-- locks: none
-- errors: GZ002 a batch names a purchase twice
-- why: the second command would be decided on what the first found, not on what it left
CREATE OR REPLACE FUNCTION programmes.check_named_once(p_ids uuid[], p_fresh boolean[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (SELECT count(u.id) > count(DISTINCT u.id)
        FROM unnest(p_ids, p_fresh) AS u (id, fresh) WHERE u.fresh)
    THEN
        RAISE EXCEPTION 'a batch names a purchase twice' USING ERRCODE = 'GZ002';
    END IF;
END
$$;
