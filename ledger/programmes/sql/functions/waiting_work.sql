-- purpose: what waits in several programmes, for whoever looks after all of them
-- parameters: programmes; first day of the month that should be closed by now
-- result: per programme: services nobody verified, day of the oldest; items of star points nobody
--         decided; books whose month is not closed
-- locks: none
-- errors: none
-- why: row-level security shows one tenant at a time; one statement instead of one per programme
CREATE OR REPLACE FUNCTION programmes.waiting_work(
    p_tenants int[], p_month date,
    OUT tenant_id int, OUT services int, OUT oldest_service date, OUT claims int,
    OUT open_books text[]
)
RETURNS SETOF record
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_before CONSTANT text := current_setting('gongzhang.tenant_id', true);
    v_tenant int;
BEGIN
    FOREACH v_tenant IN ARRAY p_tenants LOOP
        PERFORM set_config('gongzhang.tenant_id', v_tenant::text, true);
        tenant_id := v_tenant;
        SELECT count(*), min(r.service_date) INTO services, oldest_service
        FROM programmes.service_record r
        WHERE r.tenant_id = v_tenant AND r.status = 'recorded';
        SELECT count(*) INTO claims
        FROM programmes.star_claim c
        WHERE c.tenant_id = v_tenant AND c.status = 'proposed';
        SELECT coalesce(array_agg(b.book_code ORDER BY b.book_code), '{}') INTO open_books
        FROM books.book b
        WHERE b.tenant_id = v_tenant AND b.first_period <= p_month AND NOT EXISTS (
            SELECT FROM books.period p
            WHERE p.tenant_id = v_tenant AND p.book_code = b.book_code AND p.month = p_month
                AND p.status = 'closed');
        RETURN NEXT;
    END LOOP;
    PERFORM set_config('gongzhang.tenant_id', coalesce(v_before, ''), true);
END
$$;
