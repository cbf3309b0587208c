-- purpose: reserve units: move them from an available to a held account, with a row that will
--         resolve exactly once
-- parameters: as post_batch; one line a hold: from account, held account, amount; expires_at is
--         the moment from which the hold can only expire; the hold's id is its entry's id
-- result: as post_batch
-- locks: as post_batch
-- errors: as post_batch
-- why: a hold is a real posting, so no race can spend the units twice
CREATE OR REPLACE FUNCTION books.place_holds(
    p_tenant_id int,
    p_entry_ids uuid[],
    p_callers int[],
    p_keys uuid[],
    p_fingerprints bytea[],
    p_events text[],
    p_occurred_at timestamptz[],
    p_booked_on date[],
    p_subjects uuid[],
    p_from_accounts int[],
    p_held_accounts int[],
    p_amounts bigint[],
    p_expires_at timestamptz[],
    p_fresh boolean[] DEFAULT NULL,
    p_refusals text[] DEFAULT NULL,
    p_details jsonb[] DEFAULT NULL,
    OUT codes text[],
    OUT replayed boolean[],
    OUT entry_ids uuid[],
    OUT posted_at timestamptz[],
    OUT booked_on date[],
    OUT details jsonb[]
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n CONSTANT int := cardinality(p_entry_ids);
    v_fresh boolean[] := p_fresh;
    v_accounts int[];
    v_from int[];
    v_held int[];
BEGIN
    IF v_fresh IS NULL THEN
        v_fresh := books.claim_batch(
            p_tenant_id, p_callers, p_keys, p_fingerprints, p_entry_ids);
    END IF;
    -- a command that the calling function has refused may name no account
    v_accounts := ARRAY(SELECT DISTINCT u FROM unnest(p_from_accounts || p_held_accounts) u
        WHERE u IS NOT NULL ORDER BY u);
    SELECT array_agg(array_position(v_accounts, u.f) ORDER BY u.item),
        array_agg(array_position(v_accounts, u.h) ORDER BY u.item)
    INTO v_from, v_held
    FROM unnest(p_from_accounts, p_held_accounts) WITH ORDINALITY AS u (f, h, item);
    SELECT r.* INTO codes, replayed, entry_ids, posted_at, booked_on, details
    FROM books.post_batch(
        p_tenant_id, p_entry_ids, p_callers, p_keys, p_fingerprints, p_events, p_occurred_at,
        p_booked_on, p_subjects, array_fill(NULL::int, ARRAY[n]), v_accounts,
        array_fill(1, ARRAY[n]), v_from, v_held, p_amounts, array_fill(NULL::date, ARRAY[n]),
        array_fill(2::smallint, ARRAY[n]), NULL, NULL, NULL, v_fresh, p_refusals, p_details) r;
    INSERT INTO books.hold (tenant_id, hold_id, account_id, held_account_id, amount, captured,
        refunded, expires_at, status)
    SELECT p_tenant_id, u.hold_id, u.account_id, u.held_account_id, u.amount, 0, 0,
        u.expires_at, 0
    FROM unnest(p_entry_ids, p_from_accounts, p_held_accounts, p_amounts, p_expires_at, v_fresh,
        codes) AS u (hold_id, account_id, held_account_id, amount, expires_at, fresh, code)
    WHERE u.fresh AND u.code IS NULL;
END
$$;
