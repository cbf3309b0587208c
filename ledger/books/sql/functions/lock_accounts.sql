-- purpose: lock the accounts of a batch and read what its decisions need
-- access: internal
-- parameters: tenant; account ids, ascending; book codes of the tenant
-- result: arrays with one element an account, in the order asked: debits and credits, version,
--         floor, normal side, status, whether it tracks expiry, place of its book in p_books; the
--         latest posting moment among them
-- locks: the accounts, ascending
-- errors: GZ001 an account id that does not exist (the caller resolves ids first)
-- why: no join here: it tempts the planner away from the key
CREATE OR REPLACE FUNCTION books.lock_accounts(
    p_tenant_id int,
    p_accounts int[],
    p_books text[],
    OUT debits bigint[],
    OUT credits bigint[],
    OUT versions bigint[],
    OUT floors bigint[],
    OUT sides smallint[],
    OUT statuses smallint[],
    OUT tracks boolean[],
    OUT books int[],
    OUT last_posted_at timestamptz
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_found int[];
BEGIN
    SELECT array_agg(x.account_id), array_agg(x.debits_posted), array_agg(x.credits_posted),
        array_agg(x.version), array_agg(x.floor), array_agg(x.normal_side), array_agg(x.status),
        array_agg(x.tracks_expiry), array_agg(array_position(p_books, x.book_code)),
        max(x.last_posted_at)
    INTO v_found, debits, credits, versions, floors, sides, statuses, tracks, books,
        last_posted_at
    FROM (
        SELECT a.* FROM books.account a
        WHERE a.tenant_id = p_tenant_id AND a.account_id = ANY (p_accounts)
        ORDER BY a.account_id FOR NO KEY UPDATE
    ) x;
    IF coalesce(v_found, '{}') IS DISTINCT FROM p_accounts THEN
        RAISE EXCEPTION 'an account id of the batch does not exist' USING ERRCODE = 'GZ001';
    END IF;
END
$$;
