-- purpose: create a tenant with its books and chart of accounts
-- parameters: public id; per book: code, unit, whether it numbers vouchers, first month; per
--         chart position: book, code, names, normal side, holder kind, floor, tracks expiry
-- result: the tenant number
-- locks: the tenant table against a concurrent creation
-- errors: 23505 when the public id is taken
-- why: numbers are dense, so they fit the first column of every key
CREATE OR REPLACE FUNCTION books.create_tenant(
    p_public_id uuid,
    p_books text[],
    p_units text[],
    p_numbered boolean[],
    p_first_period date,
    c_books text[],
    c_codes text[],
    c_names_zh text[],
    c_names_en text[],
    c_sides smallint[],
    c_holders text[],
    c_floors bigint[],
    c_tracks boolean[]
) RETURNS int
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant int;
BEGIN
    UPDATE books.tenant_counter c SET last_tenant_id = c.last_tenant_id + 1
    RETURNING c.last_tenant_id INTO v_tenant;
    PERFORM set_config('gongzhang.tenant_id', v_tenant::text, true);
    INSERT INTO books.tenant (tenant_id, public_id, last_account_id, opened_at)
    VALUES (v_tenant, p_public_id, 0, clock_timestamp());
    INSERT INTO books.book (tenant_id, book_code, unit_code, numbers_vouchers, first_period)
    SELECT v_tenant, u.book_code, u.unit_code, u.numbered, p_first_period
    FROM unnest(p_books, p_units, p_numbered) AS u (book_code, unit_code, numbered);
    INSERT INTO books.chart_account (tenant_id, book_code, account_code, name_zh, name_en,
        normal_side, holder_kind, floor, tracks_expiry)
    SELECT v_tenant, u.*
    FROM unnest(c_books, c_codes, c_names_zh, c_names_en, c_sides, c_holders, c_floors,
        c_tracks) AS u;
    RETURN v_tenant;
END
$$;
