-- purpose: let one change of units happen at a time, so that what it checked still holds
-- parameters: none
-- result: none
-- locks: org_unit_placement, against other writers until the transaction ends; readers go on
-- errors: none
-- why: whether a unit exists on a later day, and what succeeds what, lies in rows that two
--         transactions would each add without seeing the other's
CREATE OR REPLACE FUNCTION foundation.lock_org_units()
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    LOCK TABLE foundation.org_unit_placement IN SHARE ROW EXCLUSIVE MODE;
END
$$;
